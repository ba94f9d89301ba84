/** Reading and writing the document. */

/** The element of an id, which must be of this class. @throws Error when index.html has it not. */
export function byId<T extends Element>(id: string, kind: abstract new (...args: never[]) => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`index.html has no ${kind.name} with id "${id}".`);
}

/** Makes an element with attributes and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The same of SVG. */
export function svgElement<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number> = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** A bar whose length is a share of its track, 0..1; what it measures is said beside it, in text. */
export function bar(share: number, kind = ""): HTMLElement {
  const fill = element("span", { class: "bar-fill" });
  fill.style.setProperty("--share", String(Math.min(Math.max(share, 0), 1)));
  return element("span", { class: `bar ${kind}`.trim(), "aria-hidden": "true" }, fill);
}
