/** The page's end of the model's worker. */
import { BpclipError } from "../errors.js";
import type { Calls, Notice, Reply, Request } from "./messages.js";

export interface ModelEvents {
  /** Bytes of a weights file that have arrived, and how many there will be where that is known. */
  onProgress(loaded: number, total: number | undefined): void;
  onNotice(notice: Notice): void;
}

interface Waiting {
  resolve(answer: Calls[keyof Calls]["answer"]): void;
  reject(error: BpclipError): void;
}

export class ModelClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  /** Why the worker answers no more. */
  #stopped: BpclipError | undefined;

  constructor(
    url: string,
    private readonly events: ModelEvents,
  ) {
    this.#worker = new Worker(url, { type: "module", name: "bpclip" });
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => this.#receive(data);
    this.#worker.onerror = ({ message }) => this.#stop(message);
  }

  /** Asks the worker for something. @throws BpclipError as the library, or with the code WORKER_STOPPED. */
  ask<K extends keyof Calls>(
    call: K,
    ask: Calls[K]["ask"],
    transfer: Transferable[] = [],
  ): Promise<Calls[K]["answer"]> {
    if (this.#stopped) return Promise.reject(this.#stopped);
    const id = ++this.#lastId;
    const answer = new Promise<Calls[keyof Calls]["answer"]>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    // The three belong together by the signature, which the union cannot express.
    this.#worker.postMessage({ id, call, ask } as Request, transfer);
    return answer as Promise<Calls[K]["answer"]>;
  }

  #receive(reply: Reply): void {
    if (reply.kind === "progress") this.events.onProgress(reply.loaded, reply.total);
    else if (reply.kind === "notice") this.events.onNotice(reply.notice);
    else this.#settle(reply);
  }

  #settle(reply: Extract<Reply, { id: number }>): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.kind === "answer") waiting?.resolve(reply.answer);
    else waiting?.reject(new BpclipError(reply.failure.code, reply.failure.message, reply.failure.mend));
  }

  #stop(message: string | undefined): void {
    const reason = message || "its program could not be loaded";
    this.#stopped = new BpclipError("WORKER_STOPPED", `The model stopped: ${reason}.`, "Reload the page.");
    for (const { reject } of this.#waiting.values()) reject(this.#stopped);
    this.#waiting.clear();
  }
}
