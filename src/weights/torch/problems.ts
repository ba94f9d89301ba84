/** The errors of PyTorch's files, each with what to do about it. */
import { WeightsError } from "../../errors.js";

const saveAgain = "load it in Python and save only its tensors: torch.save(model.state_dict(), path)";

/** The archive contradicts itself or its format. */
export function badZip(message: string, cause?: unknown): WeightsError {
  return new WeightsError(
    "WEIGHTS_ZIP",
    message,
    "Download the file again, or save it again in PyTorch: it is damaged, or was not written by PyTorch.",
    { cause },
  );
}

/** The pickle inside is damaged, or is none that PyTorch writes. */
export function badPickle(message: string, cause?: unknown): WeightsError {
  return new WeightsError("WEIGHTS_PICKLE", message, `Download the file again, or ${saveAgain}.`, { cause });
}

/** The pickle asks for something that would run code of the file's choice. */
export function unsafe(message: string, mend = `If you trust the file, ${saveAgain}.`): WeightsError {
  return new WeightsError("WEIGHTS_UNSAFE", message, mend);
}

/** A tensor's data are missing, or fewer than its shape needs. */
export function badStorage(message: string): WeightsError {
  return new WeightsError(
    "WEIGHTS_STORAGE",
    message,
    "Download the file again, or save it again in PyTorch: it is damaged.",
  );
}

/** A tensor of a kind that is not read. */
export function unsupportedTensor(message: string): WeightsError {
  return new WeightsError(
    "WEIGHTS_DTYPE",
    message,
    "Save it as a dense tensor of float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8 or bool.",
  );
}

/** Text of the file, short enough for a message. */
export function quote(text: string): string {
  const json = JSON.stringify(text.slice(0, 121));
  return json.length > 120 ? `${json.slice(0, 120)}…` : json;
}

export function formatShape(shape: readonly number[]): string {
  return shape.length > 8 ? `[${shape.slice(0, 8).join(", ")}, …]` : `[${shape.join(", ")}]`;
}
