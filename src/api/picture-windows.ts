/** Parts of a picture, resized if need be, as graphs read them one after the other. */
import type { RunInputs } from "../graph/executor.js";
import type { GraphBuilder, Value } from "../graph/graph.js";
import { orientedSize } from "../image/orientation.js";
import { type AxisWindows, axisWindows } from "../image/windows.js";
import { type PixelFormat, pictureWindow, type Resizes, tapsInputs } from "../model/picture.js";
import type { Picture } from "./picture.js";

/** Parts of one axis: their first pixels, rising, and the pixels of each. */
interface Parts {
  starts: readonly number[];
  side: number;
}

/** Every part of `columns` with every one of `rows`; all are computed by one graph. */
export class PictureWindows {
  readonly #columns: AxisWindows;
  readonly #rows: AxisWindows;
  /** Of each part's pixels as they are stored. */
  readonly #format: PixelFormat;

  /** @param resizes What `columns` and `rows` are parts of: the picture at the last of these sizes. */
  constructor(
    private readonly picture: Picture,
    resizes: Resizes,
    columns: Parts,
    rows: Parts,
  ) {
    const sizes = [picture.upright, ...resizes];
    const widths = sizes.map(({ width }) => width);
    const heights = sizes.map(({ height }) => height);
    this.#columns = axisWindows(widths, columns.starts, columns.side);
    this.#rows = axisWindows(heights, rows.starts, rows.side);
    const { depth, orientation } = picture.format;
    this.#format = {
      ...orientedSize(this.#columns.length, this.#rows.length, orientation),
      depth,
      orientation,
    };
  }

  /** Windows of one key are computed by one graph. */
  get key(): unknown[] {
    return [this.#format, this.#columns.shapes, this.#rows.shapes];
  }

  /** RGB in [0,1] of a part, 1×H×W×3, from the inputs that `with` gives. */
  build(g: GraphBuilder, name: string): Value {
    return pictureWindow(g, this.#format, this.#columns, this.#rows, name);
  }

  /** Runs `run` with a graph's inputs of one part. */
  async with<T>(
    name: string,
    column: number,
    row: number,
    run: (inputs: RunInputs) => Promise<T>,
  ): Promise<T> {
    const [across, down] = [this.#columns.parts[column], this.#rows.parts[row]];
    const words = await this.picture.cut({
      left: across.start,
      top: down.start,
      width: this.#columns.length,
      height: this.#rows.length,
    });
    try {
      return await run({ [name]: words, ...tapsInputs(name, across, down) });
    } finally {
      if (!(words instanceof Uint32Array)) words.dispose();
    }
  }
}

const mebibyte = 2 ** 20;

/** WebGPU's default limit of a binding, on every device, so that a score does not depend on its limits. */
const maxBindingBytes = 128 * mebibyte;

/** About what the largest tensor of a band takes. */
const bandBytes = 32 * mebibyte;

/** The rows that a picture is resized by at once, where a device cannot be relied on to hold all of it in one binding. */
export interface Bands {
  windows: PictureWindows;
  /** The first row of each band, at the last size; their last rows may overlap. */
  starts: readonly number[];
}

/** The bands of a picture that is to be resized; undefined where it can be resized whole. */
export function bandsOf(picture: Picture, resizes: Resizes): Bands | undefined {
  const { format, upright } = picture;
  const before = [upright, ...resizes];
  const bytes = Math.max(
    (format.width * format.height * format.depth) / 2,
    // Three floats a pixel, after either pass.
    ...resizes.map(({ width, height }, i) => 12 * width * Math.max(before[i].height, height)),
  );
  if (bytes <= maxBindingBytes) return undefined;
  const { width, height } = before[resizes.length];
  const side = Math.ceil(height / Math.ceil(bytes / bandBytes));
  const count = Math.ceil(height / side);
  const starts = Array.from({ length: count }, (_, k) => Math.min(k * side, height - side));
  return {
    windows: new PictureWindows(picture, resizes, { starts: [0], side: width }, { starts, side }),
    starts,
  };
}
