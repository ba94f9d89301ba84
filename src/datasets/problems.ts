/** The errors of data sets, each with what to do about it. */
import { DatasetError } from "../errors.js";

/** A file's content contradicts itself or its format. */
export function damaged(file: string, what: string, cause?: unknown): DatasetError {
  return new DatasetError(
    "DATASET_DAMAGED",
    `${file}: ${what}`,
    "Download the data set's file again, and leave it as it is: it is read in its authors' own form.",
    { cause },
  );
}

/** A file that a data set has is not there, or may not be read. */
export function missing(message: string, cause?: unknown): DatasetError {
  return new DatasetError(
    "DATASET_FILE",
    message,
    "Check that the data set was downloaded and unpacked as a whole, with its own names.",
    { cause },
  );
}
