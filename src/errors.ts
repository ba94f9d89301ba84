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

/**
 * No WebGPU could be had: the runtime has none (NO_WEBGPU), there is no adapter of the wanted kind
 * (NO_ADAPTER), or the adapter gives no device (NO_DEVICE).
 */
export class AdapterError extends BpclipError {}

/**
 * The GPU device went away (DEVICE_LOST), refused a command (GPU_VALIDATION), has no memory left
 * (GPU_OUT_OF_MEMORY) or failed (GPU_INTERNAL).
 */
export class DeviceError extends BpclipError {}

/**
 * A tensor or picture is larger than the device allows: than one binding (BINDING_TOO_LARGE), one dispatch
 * (DISPATCH_TOO_LARGE), or the attention kernel's head (HEAD_TOO_WIDE).
 */
export class LimitError extends BpclipError {}

/**
 * A weights file cannot be had (WEIGHTS_HTTP, WEIGHTS_FILE, WEIGHTS_TOO_LARGE), is damaged
 * (WEIGHTS_TRUNCATED, WEIGHTS_HEADER, WEIGHTS_OFFSETS, …), is no checkpoint of this kind (WEIGHTS_NOT_BPCLIP,
 * WEIGHTS_NOT_TEXT, WEIGHTS_CONFIG, WEIGHTS_KEYS, WEIGHTS_SHAPE), is another checkpoint's text tower
 * (WEIGHTS_TEXT_MISMATCH), or is given to a page without https (WEIGHTS_INSECURE).
 */
export class WeightsError extends BpclipError {}

/**
 * An image file cannot be had (IMAGE_FILE), is of no format known here (IMAGE_FORMAT), is empty
 * (IMAGE_EMPTY), breaks off (IMAGE_TRUNCATED), is damaged (IMAGE_CORRUPT), uses what its decoder cannot do
 * (IMAGE_UNSUPPORTED), or is too large to be decoded (IMAGE_TOO_LARGE); or the browser cannot draw a picture
 * (IMAGE_DRAW).
 */
export class ImageError extends BpclipError {}

/**
 * An argument is of the wrong kind or out of its range. Of pictures: INPUT_IMAGE (no picture),
 * INPUT_TOO_SMALL, INPUT_SIZES (unlike the reference's), INPUT_TAINTED (the page may not read it),
 * INPUT_TEXTURE, and for pixels of one's own INPUT_SIZE, INPUT_CHANNELS, INPUT_DATA, INPUT_LENGTH and
 * INPUT_RANGE. Of maps: INPUT_MAP, INPUT_COLOURS. Of models: INPUT_SOURCE, INPUT_MODE (no checkpoint for the
 * task), INPUT_NATIVE (not tile by tile), INPUT_TEXT_TOWER (none to describe by), INPUT_TEXTS, INPUT_DISPOSED. Of
 * tuning: INPUT_TUNING (no table, or of another version), INPUT_ROUNDS.
 */
export class InputError extends BpclipError {}

/** Two shapes do not fit in a graph. Code: SHAPE_MISMATCH. */
export class ShapeError extends BpclipError {}

/**
 * A data set of rated pictures is unknown (DATASET_UNKNOWN), or a file of it is missing or cannot be read
 * (DATASET_FILE) or is damaged (DATASET_DAMAGED). The command `bpclip eval` meets these; the library does
 * not.
 */
export class DatasetError extends BpclipError {}
