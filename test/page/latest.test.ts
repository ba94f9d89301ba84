/** Slow tasks run for the latest value only. */
import { expect, test } from "vitest";
import { Latest } from "../../src/web/latest.js";

test("what comes while the task runs replaces what waits, and the last is run in the end", async () => {
  const done: number[] = [];
  const finish: (() => void)[] = [];
  const latest = new Latest<number>(async (value) => {
    await new Promise<void>((resolve) => finish.push(resolve));
    done.push(value);
  });
  for (const value of [1, 2, 3, 4]) latest.push(value);
  expect(finish.length).toBe(1);
  finish.shift()!();
  await new Promise((resolve) => setTimeout(resolve));
  expect(done).toEqual([1]);
  latest.push(5);
  finish.shift()!();
  await new Promise((resolve) => setTimeout(resolve));
  expect(done).toEqual([1, 4]);
  finish.shift()!();
  await new Promise((resolve) => setTimeout(resolve));
  expect(done).toEqual([1, 4, 5]);
  expect(finish).toEqual([]);

  latest.push(6);
  finish.shift()!();
  await new Promise((resolve) => setTimeout(resolve));
  expect(done).toEqual([1, 4, 5, 6]);
});
