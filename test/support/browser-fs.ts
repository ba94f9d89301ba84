/** What the tests use of node:fs, in a browser: files and folders are fetched from the server of the tests. */

/** @param url Of a file, as from `new URL("…", import.meta.url)`. */
export function readFileSync(url: URL): Uint8Array;
export function readFileSync(url: URL, encoding: "utf8"): string;
export function readFileSync(url: URL, encoding?: "utf8"): Uint8Array | string {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  // A synchronous request cannot ask for bytes; in this character set each byte is the lower half of a code unit.
  if (!encoding) request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw new Error(`${url} cannot be read: status ${request.status}`);
  const text = request.responseText;
  return encoding ? text : Uint8Array.from(text, (unit) => unit.charCodeAt(0) & 0xff);
}

/** @param url Of a folder, with a slash at its end; its names come from the plugin of ./chromium-project.js. */
export function readdirSync(url: URL): string[] {
  return JSON.parse(readFileSync(url, "utf8"));
}
