/** Coefficients of Pillow's antialiased resampling. */

export type ResampleFilter = "bilinear" | "bicubic";

/** One axis of a resize: output pixel o is Σₜ weights[o·count + t] · input[start[o] + t]. */
export interface ResampleTaps {
  /** Weights of an output pixel; those beyond its own are 0. */
  count: number;
  /** The first input pixel of each output pixel; `start[o] + count` never exceeds the input's size. */
  start: Int32Array;
  weights: Float32Array;
}

const filters: Record<ResampleFilter, { support: number; weight: (x: number) => number }> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: (x) => cubic(Math.abs(x)) },
};

/** Pillow's weights for 8-bit pictures are multiples of this. With them, sums just at a half round as Pillow's do. */
const weightUnit = 2 ** -22;

/** Keys' cubic kernel with a = −0.5 at x ≥ 0. */
function cubic(x: number): number {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/**
 * The taps that resize an axis of `inSize` pixels to `outSize`, as Pillow's `Image.resize` takes them over the whole
 * axis: the filter is stretched by the ratio when shrinking, cut at the borders, normalised in double precision and
 * rounded to 22 bits after the point, which f32 holds exactly.
 */
export function resampleTaps(inSize: number, outSize: number, filter: ResampleFilter): ResampleTaps {
  const { support, weight } = filters[filter];
  const scale = inSize / outSize;
  const stretch = Math.max(1, scale);
  const radius = support * stretch;

  const rows = Array.from({ length: outSize }, (_, o) => {
    const center = (o + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - radius + 0.5));
    const end = Math.min(inSize, Math.trunc(center + radius + 0.5));
    const values = Array.from({ length: end - first }, (_, t) =>
      weight((first + t - center + 0.5) / stretch),
    );
    const sum = values.reduce((a, b) => a + b, 0);
    return { first, values: values.map((value) => Math.round(value / sum / weightUnit) * weightUnit) };
  });

  const count = Math.max(...rows.map(({ values }) => values.length));
  const start = new Int32Array(outSize);
  const weights = new Float32Array(outSize * count);
  for (const [o, { first, values }] of rows.entries()) {
    // A row shorter than the longest may have to begin earlier, with zeros, to stay inside the input.
    start[o] = Math.min(first, inSize - count);
    weights.set(values, o * count + first - start[o]);
  }
  return { count, start, weights };
}
