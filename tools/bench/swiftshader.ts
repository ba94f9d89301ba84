/** Runs a tool on the SwiftShader of a dev dependency, which the tests run on. */
import { spawnSync } from "node:child_process";
import { unpackSwiftShader } from "../../test/support/swiftshader.js";

/** Starts this process again where Dawn finds SwiftShader: a driver's path counts only when a process starts. */
export function restartOnSwiftShader(): never {
  const env = unpackSwiftShader();
  if (!env) {
    throw new Error("SwiftShader comes with the dev dependency @sparticuz/chromium, on Linux on x64.");
  }
  const args = [...process.execArgv, ...process.argv.slice(1), "--adapter", "auto"];
  const { status } = spawnSync(process.execPath, args, { env: { ...process.env, ...env }, stdio: "inherit" });
  process.exit(status ?? 1);
}
