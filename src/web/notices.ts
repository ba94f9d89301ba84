/** What the user is told beside the results: errors with their mend, and notices. */
import { BpclipError } from "../errors.js";
import { element } from "./dom.js";

export class Notices {
  /** @param list Where they appear; each can be dismissed, and one of the same kind takes the place of the last. */
  constructor(private readonly list: HTMLElement) {}

  /** Something failed. What is not one of the library's errors is shown as it is. */
  error(error: unknown): void {
    const { message, mend } =
      error instanceof BpclipError
        ? error
        : { message: String(error), mend: "Reload the page, and report this if it happens again." };
    this.#show("error", "alert", message, mend);
  }

  /** @param kind Names what it is about. */
  notice(kind: string, message: string, detail: string): void {
    this.#show(kind, "status", message, detail);
  }

  dismiss(kind: string): void {
    this.list.querySelector(`[data-kind="${kind}"]`)?.remove();
  }

  #show(kind: string, role: string, message: string, detail: string): void {
    this.dismiss(kind);
    const close = element("button", { type: "button", class: "icon-button", "aria-label": "Dismiss" }, "×");
    const item = element(
      "div",
      { class: "notice", "data-kind": kind, role },
      element("div", {}, element("strong", {}, message), element("p", {}, detail)),
      close,
    );
    close.addEventListener("click", () => item.remove());
    this.list.append(item);
  }
}
