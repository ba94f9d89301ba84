import { describe, expect, it } from "vitest";
import { mat3, vec2 } from "wgpu-matrix";
import { orientationMap, orientedSize } from "../../src/image/orientation.js";

const [width, height] = [5, 3];

/** What brings the stored picture upright, in the words of the EXIF standard, as steps in unit-square coordinates. */
const turn = (quarters: number) => mat3.rotation((quarters * Math.PI) / 2);
const mirror = mat3.scaling(vec2.fromValues(-1, 1));
const steps = {
  1: [],
  2: [mirror],
  3: [turn(2)],
  4: [turn(2), mirror],
  5: [turn(1), mirror],
  6: [turn(1)],
  7: [turn(3), mirror],
  8: [turn(3)],
};

describe("orientation", () => {
  for (const [key, matrices] of Object.entries(steps)) {
    const orientation = Number(key);
    it(`${orientation} is inverted by its map, by wgpu-matrix's composition`, () => {
      const size = orientedSize(width, height, orientation);
      const { x0, xx, xy, y0, yx, yy } = orientationMap(width, height, orientation);
      // About the centres of both pictures; y points down, so a positive angle turns clockwise.
      let upright = mat3.translation(vec2.fromValues(-(width - 1) / 2, -(height - 1) / 2));
      for (const matrix of matrices) upright = mat3.multiply(matrix, upright);
      const centre = vec2.fromValues((size.width - 1) / 2, (size.height - 1) / 2);
      upright = mat3.multiply(mat3.translation(centre), upright);
      for (let y = 0; y < size.height; y++) {
        for (let x = 0; x < size.width; x++) {
          const stored = vec2.fromValues(x0 + xx * x + xy * y, y0 + yx * x + yy * y);
          const [shownX, shownY] = vec2.transformMat3(stored, upright);
          // wgpu-matrix computes in f32; places are whole numbers.
          expect(shownX).toBeCloseTo(x, 4);
          expect(shownY).toBeCloseTo(y, 4);
        }
      }
    });
  }

  it("shows the corners that EXIF 2.3 names: row 0 and column 0 lie at these sides", () => {
    const sides = [
      "",
      "top left",
      "top right",
      "bottom right",
      "bottom left",
      "left top",
      "right top",
      "right bottom",
      "left bottom",
    ];
    for (let orientation = 1; orientation <= 8; orientation++) {
      const size = orientedSize(width, height, orientation);
      const named = sides[orientation];
      const x = named.includes("left") ? 0 : size.width - 1;
      const y = named.includes("top") ? 0 : size.height - 1;
      const { x0, xx, xy, y0, yx, yy } = orientationMap(width, height, orientation);
      expect([x0 + xx * x + xy * y, y0 + yx * x + yy * y], `orientation ${orientation}`).toEqual([0, 0]);
      // Along row 0 of the stored pixels.
      const alongRow = named.startsWith("top") || named.startsWith("bottom") ? xx : xy;
      expect(Math.abs(alongRow), `orientation ${orientation}`).toBe(1);
    }
  });

  it("swaps the sides of 5 to 8 alone", () => {
    const swapped = [1, 2, 3, 4, 5, 6, 7, 8].filter((o) => orientedSize(width, height, o).width === height);
    expect(swapped).toEqual([5, 6, 7, 8]);
  });
});
