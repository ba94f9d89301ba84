/** The loop over pictures, with scorers made of nothing. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
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

/** Scores everything but what `fail` names; counts how many scorers are open. */
async function run(images: string[], fail: Record<string, Error>) {
  const events: string[] = [];
  const status = await scoreAll(
    images.map((path) => ({ path })),
    {
      async open() {
        events.push("open");
        return {
          async score(image) {
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
