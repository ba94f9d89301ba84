import { expect, test } from "vitest";
import { profileOf } from "../../src/profile/profile.js";
import { rooflinePlot } from "../../src/profile/roofline.js";
import { si } from "../../src/profile/units.js";
import { fineClock, peaks, subject, timings } from "../support/profile.js";

const profile = profileOf([timings(fineClock, (step) => [(step + 1) / 100])], peaks, subject);
const plot = rooflinePlot(profile);

test("every kernel is in the legend, and every step that computes is a mark", () => {
  for (const { name, steps } of profile.kernels) expect(plot).toContain(`>${name}, ${steps}`);
  expect(plot).toContain("copy_channels, 2 (no FLOP)");
  const computing = profile.steps.filter(({ flop }) => flop > 0);
  expect(plot.match(/<circle /g)).toHaveLength(profile.kernels.length + computing.length);
  for (const { label } of computing) expect(plot).toContain(`<title>${label} (`);
});

test("marks lie on the axes' logarithmic scales, the faster the higher", () => {
  // Of one work in 10 and 40 µs: a quarter of the rate is log₁₀ 4 of a decade further down.
  const twice = profileOf(
    [timings(fineClock, () => [0.01]), timings(fineClock, () => [0.04])],
    peaks,
    subject,
  );
  const svg = rooflinePlot(twice);
  const marks = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="[\d.]+" [^>]*><title>head\.0 /g)];
  const [fast, slow] = marks.map(([, x, y]) => [Number(x), Number(y)]);
  const tick = (label: string) => Number(new RegExp(`y="([\\d.]+)"[^>]*>${label}</text>`).exec(svg)![1]);
  expect(slow[0]).toBe(fast[0]);
  // Coordinates have one decimal.
  expect(Math.abs(slow[1] - fast[1] - Math.log10(4) * (tick("100 G") - tick("1 T")))).toBeLessThan(0.2);
});

test("both roofs are drawn and named", () => {
  expect(plot).toContain("memory: 100 GB/s");
  expect(plot).toContain("arithmetic: 1 TFLOP/s");
});

test("it is one svg of numbers, with what others wrote escaped", () => {
  expect(plot).toMatch(/^<svg [^>]+>[\s\S]*<\/svg>\n$/);
  expect(plot).not.toMatch(/NaN|Infinity|undefined|null/);
  expect(plot).toContain("Acme &lt;9000&gt;");
});

test("steps that the clock did not see are left out", () => {
  const unseen = rooflinePlot(profileOf([timings(fineClock, (step) => [step])], peaks, subject));
  expect(unseen).not.toMatch(/NaN|Infinity/);
  expect(unseen).not.toContain("<title>tap.layer1.0 (");
});

test.each([
  [0.25, "0.25 "],
  [1, "1 "],
  [999, "999 "],
  [1234, "1.23 k"],
  [41.27e9, "41.3 G"],
  [5e18, "5000 P"],
])("%d is %s", (value, text) => {
  expect(si(value)).toBe(text);
});
