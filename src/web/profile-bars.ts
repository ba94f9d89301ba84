/** How long each layer of the network takes, as bars. */
import type { Profile } from "../index.js";
import { bar, byId, element } from "./dom.js";

/** Plain names of the parts that ../profile/profile.ts tells apart, by how theirs begin. */
const names: [prefix: string, name: string][] = [
  ["image", "reading the picture"],
  ["tap.", "seeing, level "],
  ["reference.", "the reference, level "],
  ["pooling.", "gathering, level "],
  ["pooled.", "gathering, level "],
  ["information", "what it finds"],
  ["weight", "how it weighs that"],
  ["mean", "over all places"],
  ["x", "to the words' space"],
  ["similarities", "likeness to the words"],
  ["head", "the score"],
];

export class ProfileBars {
  readonly #list = byId("profile", HTMLElement);
  readonly #note = byId("profile-note", HTMLElement);

  show({ layers, total, clock, onePassMs, wallMs }: Profile): void {
    const longest = Math.max(...layers.map(({ ms }) => ms));
    this.#list.replaceChildren(
      ...layers.map(({ name, ms, efficiency }) => {
        const rate = efficiency === null ? "" : `, ${Math.round(efficiency * 100)} % of what is possible`;
        return element(
          "li",
          { title: `${name}: ${ms.toFixed(2)} ms${rate}` },
          element("span", { class: "bar-name" }, plainName(name), " ", element("code", {}, name)),
          bar(ms / longest),
          element("span", { class: "bar-value" }, `${ms.toFixed(ms < 10 ? 2 : 0)} ms`),
        );
      }),
    );
    this.#note.textContent =
      `${onePassMs.toFixed(1)} ms for the network, ${wallMs.toFixed(1)} ms from pixels to score; ` +
      `layers timed alone add up to ${total.ms.toFixed(1)} ms (clock: ${clock.kind}).`;
  }

  /** Old bars are of another picture. */
  clear(): void {
    this.#list.replaceChildren();
    this.#note.textContent = "Times every layer of the network on this device.";
  }
}

function plainName(layer: string): string {
  const known = names.find(([prefix]) => layer.startsWith(prefix));
  if (!known) return layer;
  const [prefix, name] = known;
  return name.endsWith(" ") ? name + layer.slice(prefix.length) : name;
}
