/** What reading one file may cost at most, and has cost so far: every allocation and every step is asked for here. */
import { WeightsError } from "../../errors.js";

/** Bytes that a value of the tree is taken to occupy, not less than in V8; what it refers to is counted by itself. */
export const cost = { reference: 8, object: 96, list: 160, map: 256, mapEntry: 64, string: 48 } as const;

export class Budget {
  private allocated = 0;
  private taken = 0;

  /**
   * @param maxBytes Memory beyond the file's own bytes; 1 GiB by default.
   * @param maxSteps Instructions executed and values visited; 2²⁴ by default, some seconds.
   */
  constructor(
    readonly maxBytes = 2 ** 30,
    readonly maxSteps = 2 ** 24,
  ) {}

  /** Bytes allocated so far; nothing is taken back when it is freed. */
  get bytes(): number {
    return this.allocated;
  }

  get steps(): number {
    return this.taken;
  }

  /**
   * To be called before `bytes`, which may be Infinity, are allocated for `what`.
   * @throws WeightsError WEIGHTS_TOO_LARGE.
   */
  allocate(bytes: number, what: string): void {
    // Not `>`, which would let NaN pass.
    if (!(this.allocated + bytes <= this.maxBytes)) {
      throw new WeightsError(
        "WEIGHTS_TOO_LARGE",
        `Reading the file would take more than ${this.maxBytes} bytes beside its own, at ${what}.`,
        "Save only the state dict, with contiguous tensors: torch.save(model.state_dict(), path).",
      );
    }
    this.allocated += bytes;
  }

  /** @throws WeightsError WEIGHTS_TOO_LARGE. */
  step(count = 1): void {
    this.taken += count;
    if (this.taken <= this.maxSteps) return;
    throw new WeightsError(
      "WEIGHTS_TOO_LARGE",
      `Reading the file takes more than ${this.maxSteps} steps.`,
      "Save only the state dict: torch.save(model.state_dict(), path).",
    );
  }
}
