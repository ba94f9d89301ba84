/** Parts of a picture, put together, must be what the whole picture is, to the bit. */
import { describe, expect, test } from "vitest";
import { Picture } from "../../src/api/picture.js";
import { bandsOf, PictureWindows } from "../../src/api/picture-windows.js";
import { type Graph, GraphBuilder, type Value } from "../../src/graph/graph.js";
import { picture, type Resizes } from "../../src/model/picture.js";
import { CpuExecutor } from "../../src/reference/executor.js";
import { noise } from "../support/seeded.js";

const executor = new CpuExecutor(() => new Float32Array());
const asIs = { mean: [0, 0, 0], std: [1, 1, 1] } as {
  mean: [number, number, number];
  std: [number, number, number];
};

/** Of 50×41 pixels as it is stored, of every value and every alpha. */
function seeded(depth: 8 | 16, orientation: number): Picture {
  const at = noise("windows", depth + orientation);
  const words = Uint32Array.from({ length: (50 * 41 * depth) / 8 }, (_, i) => at(i));
  return new Picture({ width: 50, height: 41, depth, orientation }, words);
}

async function compute(build: (g: GraphBuilder) => Value, inputs: Parameters<typeof run>[1]) {
  const g = new GraphBuilder();
  return run(g.build([build(g)]), inputs);
}

async function run(graph: Graph, inputs: Record<string, Float32Array | Uint32Array>) {
  const program = await executor.prepare(graph);
  return Object.values(await program.run(inputs))[0];
}

const resizes: [string, Resizes][] = [
  ["at its own size", []],
  ["shrunk", [{ width: 33, height: 17 }]],
  ["enlarged along one axis", [{ width: 90, height: 41 }]],
  [
    "resized twice",
    [
      { width: 70, height: 30 },
      { width: 33, height: 29 },
    ],
  ],
];

describe.each([8, 16] as const)("of %i bits", (depth) => {
  describe.each([1, 2, 3, 4, 5, 6, 7, 8])("in orientation %i", (orientation) => {
    test.each(resizes)("%s", async (_, sizes) => {
      const image = seeded(depth, orientation);
      const words = image.words as Uint32Array;
      const whole = await compute((g) => picture(g, image.format, sizes, asIs, "image"), { image: words });
      const { width, height } = [image.upright, ...sizes][sizes.length];

      const columns = { side: 14, starts: [0, 10, width - 14] };
      const rows = { side: 12, starts: [0, 3, height - 12] };
      const windows = new PictureWindows(image, sizes, columns, rows);
      const g = new GraphBuilder();
      const graph = g.build([windows.build(g, "image")]);
      for (const [column, left] of columns.starts.entries()) {
        for (const [row, top] of rows.starts.entries()) {
          const part = await windows.with("image", column, row, (inputs) =>
            run(graph, inputs as Record<string, Uint32Array>),
          );
          const expected = Array.from({ length: 12 }, (_, y) => {
            const at = ((top + y) * width + left) * 3;
            return [...whole.subarray(at, at + 14 * 3)];
          });
          expect([...part]).toEqual(expected.flat());
        }
      }
    });
  });
});

describe("bands", () => {
  /** Of a format alone: bands are chosen before a pixel is read. */
  const large = (depth: 8 | 16, orientation = 1) =>
    new Picture({ width: 6000, height: 4000, depth, orientation }, new Uint32Array());

  test("are for what WebGPU's default limits do not bind", () => {
    const fit = [{ width: 768, height: 512 }];
    expect(bandsOf(large(8), fit)).toBeUndefined();
    expect(bandsOf(large(16), fit)?.starts).toEqual([0, 86, 172, 258, 344, 426]);
    expect(bandsOf(large(16, 6), [{ width: 512, height: 768 }])?.starts).toHaveLength(6);
  });

  test("are also for a reference that is enlarged before it is shrunk", () => {
    const small = new Picture({ width: 60, height: 40, depth: 8, orientation: 1 }, new Uint32Array());
    const bands = bandsOf(small, [
      { width: 6000, height: 4000 },
      { width: 768, height: 512 },
    ]);
    expect(bands?.starts).toHaveLength(9);
  });
});
