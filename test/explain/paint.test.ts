import { describe, expect, it } from "vitest";
import { type ColourMap, colourCount, colourTable } from "../../src/explain/colour-map.js";
import type { PlaceMap } from "../../src/explain/explanation.js";
import { type PaintOptions, paintMap } from "../../src/explain/paint.js";
import { expectCode } from "../support/errors.js";

const maps = ["viridis", "inferno"] as const satisfies ColourMap[];

/** A range in which every whole number has a colour of its own. */
const whole = { range: [0, colourCount - 1] } as const;

function mapOf(rows: number, columns: number, values: ArrayLike<number>): PlaceMap {
  return { rows, columns, data: Float32Array.from(values) };
}

/** Which colour of viridis each pixel has; of two that are the same, the higher. */
function painted(map: PlaceMap, width: number, height: number, options: PaintOptions = whole): number[] {
  const { data } = paintMap(map, { width, height }, options);
  const table = colourTable("viridis");
  const index = new Map(
    Array.from({ length: colourCount }, (_, i) => [String(table.slice(3 * i, 3 * i + 3)), i]),
  );
  return Array.from(
    { length: width * height },
    (_, p) => index.get(String(data.slice(4 * p, 4 * p + 3))) ?? Number.NaN,
  );
}

describe("the colour maps", () => {
  // Of matplotlib 3: indices 0, 1, 64, 128, 191 and 255.
  const published = {
    viridis: ["440154", "440256", "3b528b", "21918c", "5cc863", "fde725"],
    inferno: ["000004", "010005", "57106e", "bc3754", "f98c0a", "fcffa4"],
  };

  it.each(maps)("%s is the published one, to within a level", (name) => {
    const table = colourTable(name);
    for (const [i, index] of [0, 1, 64, 128, 191, 255].entries()) {
      const wanted = published[name][i].match(/../g)!.map((digits) => Number.parseInt(digits, 16));
      for (const c of [0, 1, 2]) expect(Math.abs(table[3 * index + c] - wanted[c])).toBeLessThanOrEqual(1);
    }
  });

  it.each(maps)("%s becomes lighter with every five colours", (name) => {
    const table = colourTable(name);
    const lightness = Array.from({ length: colourCount }, (_, i) =>
      lightnessOf(table.subarray(3 * i, 3 * i + 3)),
    );
    for (let i = 5; i < colourCount; i++) expect(lightness[i]).toBeGreaterThan(lightness[i - 5]);
    expect(lightness[colourCount - 1] - lightness[0]).toBeGreaterThan(70);
  });

  it("of another name do not exist", async () => {
    await expectCode("INPUT_COLOURS", () => colourTable("jet" as ColourMap));
    await expectCode("INPUT_COLOURS", () => colourTable("toString" as ColourMap));
  });
});

describe("paintMap", () => {
  it("keeps each cell's value at its centre", () => {
    const values = [10, 200, 30, 40, 0, 255];
    const colours = painted(mapOf(2, 3, values), 15, 10);
    const centres = [2, 7].flatMap((y) => [2, 7, 12].map((x) => colours[y * 15 + x]));
    expect(centres).toEqual(values);
  });

  it("paints a cell a pixel where the sizes agree", () => {
    expect(painted(mapOf(2, 2, [1, 2, 3, 4]), 2, 2)).toEqual([1, 2, 3, 4]);
  });

  it("paints a map of one value in one colour: the lowest where nothing says what is high", () => {
    expect(new Set(painted(mapOf(3, 2, new Array(6).fill(100)), 17, 9))).toEqual(new Set([100]));
    expect(new Set(painted(mapOf(3, 2, new Array(6).fill(100)), 17, 9, {}))).toEqual(new Set([0]));
  });

  it("takes the map's own range by default", () => {
    const colours = painted(mapOf(1, 2, [-3, 5]), 10, 1, {});
    expect([colours[0], colours[9]]).toEqual([0, 255]);
  });

  it("stays as it is outside the outermost centres, and is the steps' middle between two", () => {
    const colours = painted(mapOf(1, 2, [0, 100]), 11, 1);
    expect(colours.slice(0, 3)).toEqual([0, 0, 0]);
    expect(colours[5]).toBe(50);
    expect(colours.slice(8)).toEqual([100, 100, 100]);
  });

  it("runs evenly where the map does, and never beyond the map's smallest and largest value", () => {
    const ramp = painted(mapOf(1, 5, [0, 60, 120, 180, 240]), 75, 1);
    // From the second centre to the last but one: 15 pixels a cell, and so 4 colours a pixel. Neighbouring colours may
    // be the same.
    for (const [i, colour] of ramp.slice(22, 53).entries()) {
      expect(Math.abs(colour - (60 + 4 * i))).toBeLessThanOrEqual(1);
    }
    const jump = painted(mapOf(2, 4, [50, 50, 200, 200, 50, 50, 200, 200]), 60, 40);
    expect([Math.min(...jump), Math.max(...jump)]).toEqual([50, 200]);
  });

  it("clamps values beyond the range", () => {
    expect(painted(mapOf(1, 2, [-50, 300]), 2, 1)).toEqual([0, 255]);
  });

  it("lets alpha follow the value where it fades", () => {
    const map = mapOf(1, 3, [0, 51, 255]);
    const alphas = (fade: boolean) =>
      [...paintMap(map, { width: 3, height: 1 }, { ...whole, fade }).data].filter((_, i) => i % 4 === 3);
    expect(alphas(true)).toEqual([0, 51, 255]);
    expect(alphas(false)).toEqual([255, 255, 255]);
  });

  it("paints in the colours that it was asked for", () => {
    const { data } = paintMap(mapOf(1, 1, [7]), { width: 1, height: 1 }, { colours: "inferno" });
    expect([...data]).toEqual([...colourTable("inferno").subarray(0, 3), 255]);
  });

  it("refuses what is no map, size or range", async () => {
    const map = mapOf(1, 2, [0, 1]);
    const size = { width: 4, height: 2 };
    await expectCode("INPUT_MAP", () => paintMap({ ...map, rows: 2 }, size));
    await expectCode("INPUT_MAP", () => paintMap({ ...map, rows: 0, data: new Float32Array() }, size));
    await expectCode("INPUT_MAP", () => paintMap(mapOf(1, 2, [0, Number.NaN]), size));
    await expectCode("INPUT_SIZE", () => paintMap(map, { width: 0, height: 2 }));
    await expectCode("INPUT_SIZE", () => paintMap(map, { width: 4, height: 2.5 }));
    await expectCode("INPUT_RANGE", () => paintMap(map, size, { range: [1, 1] }));
    await expectCode("INPUT_RANGE", () => paintMap(map, size, { range: [0, Number.POSITIVE_INFINITY] }));
  });
});

/** CIE L*, of sRGB. */
function lightnessOf(colour: Uint8Array): number {
  const [r, g, b] = [...colour].map((level) => {
    const value = level / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return luminance > 216 / 24389 ? 116 * Math.cbrt(luminance) - 16 : (luminance * 24389) / 27;
}
