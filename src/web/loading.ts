/** The bar that shows while weights are on their way. */
import { byId } from "./dom.js";

export class LoadingBar {
  readonly #whole = byId("loading", HTMLElement);
  readonly #text = byId("loading-text", HTMLElement);
  readonly #bar = byId("loading-bar", HTMLProgressElement);

  /** @param total Where the sender has said it. */
  readonly show = (loaded: number, total: number | undefined): void => {
    const isDone = total !== undefined && loaded >= total;
    this.#whole.hidden = false;
    if (total) {
      this.#bar.max = total;
      this.#bar.value = loaded;
    } else this.#bar.removeAttribute("value");
    const size = total ? `${megabytes(loaded)} of ${megabytes(total)}` : megabytes(loaded);
    this.#text.textContent = isDone ? "Preparing the model" : `Loading the model: ${size} MB`;
  };

  hide(): void {
    this.#whole.hidden = true;
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
