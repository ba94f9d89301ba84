/** The loop over pictures, with scorers made of nothing. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Score } from "../../src/api/result.js";
import { scoreAll } from "../../src/cli/batch.js";
import { describeError } from "../../src/cli/messages.js";
import { DeviceError } from "../../src/errors.js";

let stderr = "";
beforeEach(() => {
  stderr = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Scores everything but what `fail` names, in so many tiles; counts how many scorers are open. */
async function run(images: string[], fail: Record<string, Error>, tiles = 0) {
  const events: string[] = [];
  const status = await scoreAll(
    images.map((path) => ({ path })),
    {
      async open() {
        events.push("open");
        return {
          async score(image, onTile) {
            for (let tile = 1; tile <= tiles; tile++) onTile(tile, tiles);
            if (fail[image]) throw fail[image];
            return { warnings: [] as string[] } as Score;
          },
          dispose: () => events.push("dispose"),
        };
      },
      reporter: {
        result: ({ image }) => events.push(image),
        failure: (image, error) => events.push(`${image} ${describeError(error).code}`),
      },
      summary: false,
    },
  );
  return { status, events };
}

test("one model scores all pictures", async () => {
  expect(await run(["a", "b"], {})).toEqual({ status: 0, events: ["open", "a", "b", "dispose"] });
  expect(stderr).toBe("");
});

describe("on a terminal", () => {
  const { isTTY } = process.stderr;
  const setTerminal = (value: boolean) =>
    Object.defineProperty(process.stderr, "isTTY", { value, configurable: true });
  beforeEach(() => {
    setTerminal(true);
    vi.stubEnv("NO_COLOR", "1");
  });
  afterEach(() => {
    setTerminal(isTTY);
    vi.unstubAllEnvs();
  });

  test("a few pictures have no bar", async () => {
    await run(["a", "b"], {});
    expect(stderr).toBe("");
  });

  test("a picture in tiles has one, which is taken away", async () => {
    await run(["a"], {}, 3);
    expect(stderr).toContain("0/1, tile 1/3");
    expect(stderr).toContain("0/1, tile 3/3");
    expect(stderr.endsWith("\r\x1b[K")).toBe(true);
  });
});

test("after a lost device the model is loaded again", async () => {
  const lost = new DeviceError("DEVICE_LOST", "The GPU device was lost.", "Load the model again.");
  const { status, events } = await run(["a", "b", "c"], { b: lost });
  expect(events).toEqual(["open", "a", "b DEVICE_LOST", "dispose", "open", "c", "dispose"]);
  expect(status).toBe(1);
});

test("an error that nobody foresaw is one line with the code INTERNAL", async () => {
  const { status, events } = await run(["a", "b"], { a: new TypeError("x is not\n a function") });
  expect(events).toEqual(["open", "a INTERNAL", "b", "dispose"]);
  expect(stderr).toMatch(/^bpclip: a: x is not a function \[INTERNAL\] .*--debug.*\n$/);
  expect(status).toBe(1);
});
