/** The six dimensions as a radar, and as a table for those who do not see it. */
import { element, svgElement } from "./dom.js";

type Dimensions = Record<string, number>;

const size = { width: 340, height: 264 };
const centre = { x: 170, y: 130 };
const radius = 92;
const rings = [0.25, 0.5, 0.75, 1];

export class Radar {
  readonly #baseline = svgElement("polygon", { class: "radar-baseline" });
  readonly #area = svgElement("polygon", { class: "radar-area" });
  readonly #points = svgElement("g", { class: "radar-points" });
  readonly #labels = svgElement("g");
  readonly #rows = element("tbody");

  constructor(into: HTMLElement) {
    const chart = svgElement(
      "svg",
      { viewBox: `0 0 ${size.width} ${size.height}`, class: "radar", "aria-hidden": "true" },
      ...rings.map((share) => svgElement("polygon", { class: "radar-ring", points: hexagon(share) })),
      this.#baseline,
      this.#area,
      this.#points,
      this.#labels,
    );
    const table = element(
      "table",
      { class: "visually-hidden" },
      element("caption", {}, "Dimensions, from 0 to 1; 1 is good"),
      element("thead", {}, element("tr", {}, element("th", {}, "Dimension"), element("th", {}, "Value"))),
      this.#rows,
    );
    into.append(chart, table);
  }

  /** @param baseline Of the undamaged picture, drawn as a dashed outline. */
  show(dimensions: Dimensions, baseline?: Dimensions): void {
    const entries = Object.entries(dimensions);
    const values = entries.map(([, value]) => value);
    this.#area.setAttribute("points", polygon(values));
    this.#baseline.setAttribute("points", baseline ? polygon(Object.values(baseline)) : "");
    this.#points.replaceChildren(
      ...values.map((value, i) => {
        const [cx, cy] = at(i, values.length, value);
        return svgElement("circle", { cx, cy, r: 3.5 });
      }),
    );
    this.#labels.replaceChildren(...entries.map(([name, value], i) => label(name, value, i, entries.length)));
    this.#rows.replaceChildren(
      ...entries.map(([name, value]) =>
        element(
          "tr",
          { "data-dimension": name },
          element("th", { scope: "row" }, name),
          element("td", {}, value.toFixed(2)),
        ),
      ),
    );
  }
}

/** The first at the top, then clockwise. */
function at(i: number, count: number, share: number): [x: number, y: number] {
  const angle = (2 * Math.PI * i) / count - Math.PI / 2;
  const [x, y] = [centre.x + share * radius * Math.cos(angle), centre.y + share * radius * Math.sin(angle)];
  return [Math.round(x * 10) / 10, Math.round(y * 10) / 10];
}

function polygon(shares: readonly number[]): string {
  return shares.map((share, i) => at(i, shares.length, share).join(",")).join(" ");
}

function hexagon(share: number): string {
  return polygon(Array.from({ length: 6 }, () => share));
}

function label(name: string, value: number, i: number, count: number): SVGTextElement {
  const [x, y] = at(i, count, 1.13);
  const aside = Math.abs(x - centre.x) < 1 ? "middle" : x > centre.x ? "start" : "end";
  const below = y > centre.y + radius ? 12 : y < centre.y - radius ? -14 : 0;
  return svgElement(
    "text",
    { x, y: y + below, "text-anchor": aside },
    svgElement("tspan", { class: "radar-name" }, name),
    svgElement("tspan", { class: "radar-value", x, dy: 16 }, value.toFixed(2)),
  );
}
