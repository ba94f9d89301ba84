/** The sliders that spoil the picture. */
import { type Damage, undamaged } from "./damage.js";
import { byId, element } from "./dom.js";

interface Slider {
  name: keyof Damage;
  label: string;
  max: number;
  step: number;
  /** The amount in words, with its unit. */
  say(amount: number): string;
}

const sliders: Slider[] = [
  { name: "blur", label: "Blur", max: 5, step: 0.1, say: (sigma) => `σ ${sigma.toFixed(1)} px` },
  { name: "noise", label: "Noise", max: 60, step: 1, say: (deviation) => `σ ${deviation}` },
  {
    name: "compression",
    label: "JPEG compression",
    max: 99,
    step: 1,
    say: (strength) => `quality ${100 - strength}`,
  },
  { name: "darkness", label: "Darkness", max: 95, step: 1, say: (percent) => `−${percent} % light` },
];

export class Sliders {
  #damage: Damage = { ...undamaged };
  readonly #undo = byId("undo", HTMLButtonElement);
  readonly #inputs: HTMLInputElement[];

  /** @param onChange Called at every movement. */
  constructor(private readonly onChange: () => void) {
    this.#inputs = sliders.map((slider) => this.#add(slider));
    this.#undo.addEventListener("click", () => {
      this.reset();
      this.onChange();
    });
  }

  get damage(): Damage {
    return this.#damage;
  }

  reset(): void {
    for (const input of this.#inputs) {
      input.value = "0";
      input.dispatchEvent(new Event("reset"));
    }
    this.#damage = { ...undamaged };
    this.#undo.disabled = true;
  }

  #add({ name, label, max, step, say }: Slider): HTMLInputElement {
    const id = `slider-${name}`;
    const input = element("input", {
      type: "range",
      id,
      min: "0",
      max: String(max),
      step: String(step),
      value: "0",
    });
    const output = element("output", { for: id, "aria-live": "off" });
    const describe = () => {
      output.textContent = Number(input.value) === 0 ? "none" : say(Number(input.value));
      input.setAttribute("aria-valuetext", output.textContent);
    };
    input.addEventListener("reset", describe);
    input.addEventListener("input", () => {
      describe();
      this.#damage = { ...this.#damage, [name]: Number(input.value) };
      this.#undo.disabled = Object.values(this.#damage).every((amount) => amount === 0);
      this.onChange();
    });
    describe();
    byId("sliders", HTMLElement).append(
      element("div", { class: "slider" }, element("label", { for: id }, label), output, input),
    );
    return input;
  }
}
