/** The picture on the page: the reference beneath it, behind a divider, and a map or the camera over it. */
import { byId } from "./dom.js";

export class Stage {
  readonly #layers = byId("layers", HTMLElement);
  readonly #picture = byId("picture-canvas", HTMLCanvasElement);
  readonly #reference = byId("reference-canvas", HTMLCanvasElement);
  readonly #split = byId("split", HTMLInputElement);

  constructor() {
    this.#split.addEventListener("input", () => this.#divide());
    this.#divide();
  }

  /** @param name Says to those who cannot see it what it is. */
  showPicture(pixels: ImageData, name: string): void {
    draw(this.#picture, pixels);
    this.#picture.setAttribute("aria-label", name);
    this.fit(pixels.width, pixels.height);
  }

  /** Lays a reference beneath the picture, with a divider; undefined takes both away. */
  showReference(pixels: ImageData | undefined): void {
    this.#layers.classList.toggle("is-pair", pixels !== undefined);
    if (pixels) draw(this.#reference, pixels);
  }

  /** Makes room for something of this shape. */
  fit(width: number, height: number): void {
    this.#layers.style.setProperty("--ratio", String(width / height));
  }

  #divide(): void {
    const share = `${this.#split.value}%`;
    this.#layers.style.setProperty("--split", share);
    this.#split.setAttribute("aria-valuetext", `${share} reference`);
  }
}

function draw(canvas: HTMLCanvasElement, pixels: ImageData): void {
  if (canvas.width !== pixels.width) canvas.width = pixels.width;
  if (canvas.height !== pixels.height) canvas.height = pixels.height;
  canvas.getContext("2d")!.putImageData(pixels, 0, 0);
}
