/** What `bpclip tune` and `bpclip bench` refuse, without an adapter. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkpoints, tinyNr, Workplace } from "./run.js";

const at = new Workplace();
beforeAll(() => at.write(checkpoints));
afterAll(() => at.remove());

describe("usage errors end with status 2", () => {
  test.each([
    ["tune a.png", /takes no pictures/],
    ["tune --size 512", /--size cannot be "512"/],
    ["tune --size 0x", /--size cannot be/],
    ["tune --rounds 2", /--rounds cannot be "2"/],
    ["bench", /bench wants a kernel/],
    ["bench kernel", /bench wants a kernel/],
    ["bench kernel conv5x5 --shape 8x8x8x8", /bench wants a kernel.*conv3x3 --shape/],
    ["bench kernel toString --shape 8x8x8x8", /bench wants a kernel/],
    ["bench kernel conv1x1", /bench wants a shape/],
    ["bench kernel conv1x1 --shape 8x8x8", /--shape cannot be "8x8x8"/],
    ["bench kernel conv1x1 --shape 8x8x8x0", /--shape cannot be/],
    ["bench kernel conv1x1 --shape 8x8x8x8 --stride 0", /--stride cannot be "0"/],
    ["bench kernel conv1x1 --shape 8x8x8x8 --adapter cpu", /--adapter cannot be "cpu"/],
  ])("%s", (line, message) => {
    const { status, stdout, stderr } = at.run(...line.split(" "));
    expect(stderr).toMatch(/^bpclip: [^\n]+ \[USAGE\] [^\n]+\n$/);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });
});

test("there is nothing to tune on the CPU", () => {
  const { status, stdout, stderr } = at.run("tune", ...tinyNr);
  expect(stderr).toMatch(/Only WebGPU adapters are tuned.*\[NO_ADAPTER\]/);
  expect(stdout).toBe("");
  expect(status).toBe(1);
});
