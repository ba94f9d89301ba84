/** A worker of Vitest in Deno; started by ./deno-pool.js. */
import { init, runBaseTests, setupEnvironment } from "vitest/worker";
import { decode, encode } from "./deno-messages.js";

// Kept, since tests may replace them.
const [send, on, off] = [process.send!.bind(process), process.on.bind(process), process.off.bind(process)];

init({
  post: (message) => send(encode(message)),
  on: (listener) => on("message", listener),
  off: (listener) => off("message", listener),
  deserialize: decode,
  runTests: (state, traces) => runBaseTests("run", state, traces),
  collectTests: (state, traces) => runBaseTests("collect", state, traces),
  setup: setupEnvironment,
});
