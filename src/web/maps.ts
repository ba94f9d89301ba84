/** Maps over the picture: which there are, in plain words and by their technical names, and how each is painted. */
import { type ColourMap, type PlaceMap, paintMap, type Reasons } from "../index.js";
import { pairs } from "../text/vocabulary.js";
import { byId, element } from "./dom.js";

interface MapChoice {
  id: string;
  label: string;
  meaning: string;
  colours: ColourMap;
  /** Low values let the picture through. */
  fade?: boolean;
  /** The values at the ends of the scale; by default the map's own extremes. */
  range?(map: PlaceMap): [low: number, high: number];
  of(reasons: Reasons): PlaceMap;
}

/** A scale that ends lower than this would make much of a picture's little losses. */
const leastLossScale = 0.6;

const whole: MapChoice[] = [
  {
    id: "loss",
    label: "Where quality is lost",
    meaning: "What each place takes away from the score (loss map). Dark and clear: nothing.",
    colours: "inferno",
    fade: true,
    range: ({ data }) => [0, Math.max(leastLossScale, ...data)],
    of: ({ loss }) => loss,
  },
  {
    id: "quality",
    label: "Quality of each place",
    meaning: "The score of a picture that is like the place throughout (quality map).",
    colours: "viridis",
    range: () => [0, 1],
    of: ({ quality }) => quality,
  },
];

const dimensions: MapChoice[] = [...new Set(pairs.map(({ dimension }) => dimension))].map((dimension) => ({
  id: dimension,
  label: dimension,
  meaning: `${dimension[0].toUpperCase()}${dimension.slice(1)} of each place, 1 at its good end (dimension map).`,
  colours: "viridis",
  range: () => [0, 1],
  of: ({ dimensionMaps }) => dimensionMaps[dimension],
}));

const scales = ["finest detail", "texture", "shapes", "whole things"];

const information: MapChoice[] = scales.map((scale, level) => ({
  id: `information-${level + 1}`,
  label: `finds ${level + 1}`,
  meaning: `How much the network finds at each place, at the level of ${scale} (information branch, level ${level + 1}).`,
  colours: "viridis",
  of: ({ levels }) => levels[level].information,
}));

const weight: MapChoice[] = scales.map((scale, level) => ({
  id: `weight-${level + 1}`,
  label: `weighs ${level + 1}`,
  meaning: `How much it makes of it, at the level of ${scale} (weight branch, level ${level + 1}).`,
  colours: "viridis",
  of: ({ levels }) => levels[level].weight,
}));

const choices = [...whole, ...dimensions, ...information, ...weight];

export class Maps {
  readonly #fieldset = byId("maps", HTMLFieldSetElement);
  readonly #legend = byId("map-legend", HTMLElement);
  readonly #canvas = byId("map-canvas", HTMLCanvasElement);
  readonly #opacity = byId("opacity", HTMLInputElement);
  #chosen: MapChoice | undefined;
  #shown: { reasons: Reasons; width: number; height: number } | undefined;

  /** @param onChoice Called when a map is chosen that was not computed yet. */
  constructor(private readonly onChoice: () => void) {
    const radios = (choices: MapChoice[]) => choices.map(({ id, label }) => radio(id, label));
    this.#fieldset.append(
      chips([radio("none", "Nothing", true), ...radios(whole)]),
      group("One dimension", radios(dimensions)),
      element(
        "details",
        {},
        element("summary", {}, "Inside the network"),
        group("What it finds, from fine detail (1) to whole things (4)", radios(information)),
        group("How it weighs that", radios(weight)),
      ),
    );
    this.#fieldset.addEventListener("change", ({ target }) =>
      this.#choose((target as HTMLInputElement).value),
    );
    this.#opacity.addEventListener("input", () => this.#blend());
    this.#blend();
  }

  /** Whether a map is to be seen, so that its values are wanted. */
  get isOn(): boolean {
    return this.#chosen !== undefined;
  }

  /** Paints the chosen map at a picture's size; without reasons there is none to be seen. */
  show(reasons: Reasons | undefined, { width, height }: { width: number; height: number }): void {
    this.#shown = reasons && { reasons, width, height };
    this.#paint();
  }

  /** What was painted is of another picture. */
  clear(): void {
    this.#shown = undefined;
    this.#paint();
  }

  #choose(id: string): void {
    this.#chosen = choices.find((choice) => choice.id === id);
    this.#paint();
    if (this.#chosen && !this.#shown) this.onChoice();
  }

  #blend(): void {
    this.#canvas.style.opacity = String(Number(this.#opacity.value) / 100);
    this.#opacity.setAttribute("aria-valuetext", `${this.#opacity.value} %`);
  }

  #paint(): void {
    const [chosen, shown] = [this.#chosen, this.#shown];
    const isVisible = chosen !== undefined && shown !== undefined;
    this.#canvas.hidden = !isVisible;
    this.#legend.hidden = !isVisible;
    if (!chosen || !shown) return;
    const { width, height, reasons } = shown;
    const map = chosen.of(reasons);
    const range = chosen.range?.(map) ?? [Math.min(...map.data), Math.max(...map.data)];
    const options = { range: widen(range), colours: chosen.colours, fade: chosen.fade };
    put(this.#canvas, paintMap(map, { width, height }, options));
    this.#canvas.setAttribute("aria-label", chosen.meaning);
    this.#explain(chosen, range);
  }

  #explain({ meaning, colours }: MapChoice, [low, high]: [number, number]): void {
    byId("map-meaning", HTMLElement).textContent = meaning;
    byId("scale-low", HTMLElement).textContent = low.toFixed(2);
    byId("scale-high", HTMLElement).textContent = high.toFixed(2);
    const canvas = byId("scale", HTMLCanvasElement);
    const ramp = { rows: 1, columns: 256, data: Float32Array.from({ length: 256 }, (_, i) => i / 255) };
    put(canvas, paintMap(ramp, canvas, { range: [0, 1], colours }));
  }
}

/** A scale of no width, of a map of one value, is given one. */
function widen([low, high]: [number, number]): [number, number] {
  return high > low ? [low, high] : [low, low + 1];
}

function put(canvas: HTMLCanvasElement, painted: ReturnType<typeof paintMap>): void {
  const { data, width, height } = painted;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  canvas.getContext("2d")!.putImageData(new ImageData(data, width, height), 0, 0);
}

function group(title: string, radios: HTMLElement[]): HTMLElement {
  return element("div", { class: "group" }, element("p", { class: "quiet" }, title), chips(radios));
}

function chips(radios: HTMLElement[]): HTMLElement {
  return element("div", { class: "chips" }, ...radios);
}

function radio(id: string, label: string, isChecked = false): HTMLElement {
  const input = element("input", { type: "radio", name: "map", value: id });
  input.checked = isChecked;
  return element("label", { class: "chip" }, input, element("span", {}, label));
}
