import { expect, test } from "vitest";
import { packed } from "../../src/runtime/packing.js";
import { roundedChannels } from "../../src/runtime/stored.js";
import { decodeFloat16, encodeFloat16 } from "../../src/weights/float16.js";
import { random } from "../support/random.js";

const [channels, perChannel] = [5, 3 * 7 * 7];
const draw = random(1);
const weights = Float32Array.from({ length: channels * perChannel }, () => draw() - 0.5);
const channel = (values: Float32Array, i: number) => values.subarray(i * perChannel, (i + 1) * perChannel);
const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
const toHalves = (values: Float32Array) => decodeFloat16(encodeFloat16(values));

/** Halves below 0.5, as the weights are, lie 2⁻¹² apart or closer. */
const unit = 2 ** -12;

test("weights rounded to halves keep the sum of each output channel", () => {
  const rounded = roundedChannels(weights, channels);
  expect(rounded).toEqual(toHalves(rounded));
  for (let i = 0; i < channels; i++) {
    // The last one's rounding is left over; float64 adds 147 of them exactly enough.
    expect(Math.abs(sum(channel(rounded, i)) - sum(channel(weights, i)))).toBeLessThanOrEqual(
      unit / 2 + 1e-12,
    );
  }
  const largest = Math.max(...weights.map((value, i) => Math.abs(value - rounded[i])));
  expect(largest).toBeLessThanOrEqual(unit);
});

test("rounded each by itself they do not keep it, which is why it is done", () => {
  const errors = Array.from({ length: channels }, (_, i) =>
    Math.abs(sum(channel(toHalves(weights), i)) - sum(channel(weights, i))),
  );
  expect(Math.max(...errors)).toBeGreaterThan(unit / 2);
});

test("halves stay as they are, and one that overflows spoils no other", () => {
  const halves = toHalves(weights);
  expect(roundedChannels(halves, channels)).toEqual(halves);
  expect(roundedChannels(Float32Array.of(1, 7e4, 0.5, -7e4, 2), 1)).toEqual(
    Float32Array.of(1, Infinity, 0.5, -Infinity, 2),
  );
});

test("what is no weight is rounded each by itself, and f32 not at all", () => {
  const values = weights.subarray(0, 6);
  const shape = [2, 3];
  const value = { name: "", shape, dtype: "f16" as const };
  expect(packed(values, value, "asIs")).toEqual(encodeFloat16(values));
  const { length } = values;
  const inColumns = (rows: Float32Array) =>
    Float32Array.from({ length }, (_, i) => rows[(i % 2) * 3 + (i >> 1)]);
  expect(packed(values, value, "IO")).toEqual(encodeFloat16(inColumns(roundedChannels(values, 2))));
  expect(packed(values, { ...value, dtype: "f32" }, "IO")).toEqual(inColumns(values));
});
