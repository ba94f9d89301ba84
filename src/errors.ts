/**
 * Every error that bpclip throws on purpose: a class for each kind of cause, a stable `code` to test for,
 * a message that says what is wrong and where, and a `mend` that says what to do about it.
 */
export class BpclipError extends Error {
  constructor(
    /** A stable upper-case word for programs to test, e.g. `IMAGE_TRUNCATED`. */
    readonly code: string,
    message: string,
    /** What to do about it, one sentence. */
    readonly mend: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No WebGPU implementation or adapter could be had. Codes: NO_WEBGPU, NO_ADAPTER, NO_DEVICE. */
export class AdapterError extends BpclipError {}

/** The GPU device went away or refused a command. Codes: DEVICE_LOST, GPU_VALIDATION, GPU_OUT_OF_MEMORY, GPU_INTERNAL. */
export class DeviceError extends BpclipError {}

/** A tensor or picture is larger than the device allows. Codes: BINDING_TOO_LARGE, DISPATCH_TOO_LARGE, HEAD_TOO_WIDE. */
export class LimitError extends BpclipError {}

/** A weights file is unreadable, damaged or not of this model. Codes: WEIGHTS_*. */
export class WeightsError extends BpclipError {}

/** An image file cannot be read or decoded. Codes: IMAGE_*. */
export class ImageError extends BpclipError {}

/** An argument is out of its range or of the wrong kind. Codes: INPUT_*. */
export class InputError extends BpclipError {}

/** Two shapes do not fit in a graph. Code: SHAPE_MISMATCH. */
export class ShapeError extends BpclipError {}

/** A data set of rated pictures, or a file of one, is missing, damaged or unknown. Codes: DATASET_*. */
export class DatasetError extends BpclipError {}
