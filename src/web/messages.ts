/** What the page and the model's worker say to each other. */
import type { Profile, Reasons, Score, TextReading } from "../index.js";

/** A picture in the worker's hands: pixels at the model's scale, or a camera's frame, which the worker closes. */
export type JudgedPicture = ImageData | VideoFrame | ImageBitmap;

/** A reference picture; its features are kept as long as requests name the same id. */
export interface JudgedReference {
  id: number;
  pixels: ImageData;
}

/** What can be asked of the worker, by name, and what it answers. */
export interface Calls {
  /** Loads the model; an answer means that pictures can be scored. */
  open: { ask: { weights: Record<"nr" | "fr" | "text", string> }; answer: RunsOn };
  /** Brings a picture to the model's scale: over white, 8 bits, as the library itself would. */
  fit: { ask: { bitmap: ImageBitmap }; answer: ImageData };
  judge: { ask: JudgeRequest; answer: Judgement };
  /** Times every layer of the network. */
  profile: { ask: Pair; answer: Profile };
}

/** A picture, alone or beside its reference. */
export interface Pair {
  picture: JudgedPicture;
  reference?: JudgedReference;
}

export interface JudgeRequest extends Pair {
  /** Words to try on the picture. */
  texts: string[];
  /** Whether maps are wanted, too. */
  reasons: boolean;
}

export interface Judgement {
  score: Score;
  reasons?: Reasons;
  texts: TextReading[];
  runsOn: RunsOn;
}

export interface RunsOn {
  executor: "webgpu" | "cpu";
  adapter: string;
  /** Bytes of GPU buffers that the model holds. */
  bytes: number;
}

export type Request = { [K in keyof Calls]: { id: number; call: K; ask: Calls[K]["ask"] } }[keyof Calls];

export type Reply =
  | { kind: "answer"; id: number; answer: Calls[keyof Calls]["answer"] }
  | { kind: "failure"; id: number; failure: Failure }
  | { kind: "progress"; loaded: number; total: number | undefined }
  | { kind: "notice"; notice: Notice };

/** What the user should know, though nothing failed: the CPU runs the model, or a lost device was replaced. */
export type Notice = "cpu" | "recovered";

/** An error on its way from the worker. */
export interface Failure {
  code: string;
  message: string;
  mend: string;
}
