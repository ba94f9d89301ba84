/** Builds the page once for all of its tests. */
import { execFileSync } from "node:child_process";
import { pageFolder } from "./open-page.js";

export default function setup(): void {
  execFileSync(process.execPath, ["tools/build-page.mjs", "--out", pageFolder]);
}
