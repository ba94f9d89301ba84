/** The camera: a picture after the other, as fast as they are judged and no faster. */
import { BpclipError } from "../errors.js";

/** What the model reads at its own size. */
const wanted: MediaStreamConstraints = {
  audio: false,
  video: { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "environment" },
};

export class Camera {
  #stream: MediaStream | undefined;
  #stopped = () => {};

  constructor(private readonly video: HTMLVideoElement) {}

  get isOn(): boolean {
    return this.#stream !== undefined;
  }

  /**
   * Shows the camera in the video element, and hands over frames until `stop`: the next one is taken when `judge` is
   * done with the last.
   * @param judge Takes the frame over: whoever reads it last closes it.
   * @throws BpclipError CAMERA where there is none or it may not be used.
   */
  async start(judge: (frame: VideoFrame | ImageBitmap) => Promise<void>): Promise<void> {
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia(wanted);
      this.video.srcObject = this.#stream;
      await this.video.play();
    } catch (cause) {
      this.stop();
      throw cameraError(cause);
    }
    this.#film(judge);
  }

  stop(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    this.video.srcObject = null;
    this.#stopped();
  }

  /** The frame that is shown now. */
  still(): Promise<ImageBitmap> {
    return createImageBitmap(this.video);
  }

  async #film(judge: (frame: VideoFrame | ImageBitmap) => Promise<void>): Promise<void> {
    const stream = this.#stream;
    const stopped = new Promise<void>((resolve) => {
      this.#stopped = resolve;
    });
    while (this.#stream === stream) {
      await Promise.race([this.#nextFrame(), stopped]);
      if (this.#stream !== stream) return;
      await judge(typeof VideoFrame === "undefined" ? await this.still() : new VideoFrame(this.video));
    }
  }

  #nextFrame(): Promise<void> {
    return new Promise((resolve) => this.video.requestVideoFrameCallback(() => resolve()));
  }
}

function cameraError(cause: unknown): BpclipError {
  const name = cause instanceof DOMException ? cause.name : "";
  if (name === "NotAllowedError") {
    return new BpclipError(
      "CAMERA",
      "The camera may not be used.",
      "Allow it for this page in the browser's address bar, then try again.",
    );
  }
  return new BpclipError(
    "CAMERA",
    "There is no camera to be had.",
    "Connect one, or close the program that uses it.",
  );
}
