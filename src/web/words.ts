/** Words of the user's own, and how well each fits the picture. */
import type { TextReading } from "../index.js";
import { bar, byId, element } from "./dom.js";

/** Beyond these the oldest goes. */
const maxWords = 8;

export class Words {
  #texts: string[] = [];
  #readings: readonly TextReading[] = [];
  readonly #list = byId("words", HTMLElement);

  /** @param onChange Called when a word has come or gone. */
  constructor(private readonly onChange: () => void) {
    const input = byId("word", HTMLInputElement);
    byId("words-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const text = input.value.trim();
      input.value = "";
      if (text) this.#set([...this.#texts.filter((known) => known !== text), text].slice(-maxWords));
    });
  }

  get texts(): string[] {
    return this.#texts;
  }

  show(readings: readonly TextReading[]): void {
    this.#readings = readings;
    this.#draw();
  }

  #set(texts: string[]): void {
    this.#texts = texts;
    this.#draw();
    this.onChange();
  }

  #draw(): void {
    this.#list.replaceChildren(...this.#texts.map((text) => this.#item(text)));
  }

  #item(text: string): HTMLElement {
    const reading = this.#readings.find((reading) => reading.text === text);
    const remove = element(
      "button",
      { type: "button", class: "icon-button", "aria-label": `Remove “${text}”` },
      "×",
    );
    remove.addEventListener("click", () => this.#set(this.#texts.filter((other) => other !== text)));
    return element(
      "li",
      { class: "word", "data-word": text },
      element("span", { class: "bar-name" }, text),
      bar(reading?.value ?? 0),
      element("span", { class: "bar-value" }, reading ? reading.value.toFixed(2) : "…"),
      remove,
      element("span", { class: "quiet taken-for" }, reading ? takenFor(reading) : ""),
    );
  }
}

function takenFor({ text, nearest: { word, similarity } }: TextReading): string {
  if (word === text.toLowerCase()) return "";
  return `taken for “${word}” (cosine ${similarity.toFixed(2)})`;
}
