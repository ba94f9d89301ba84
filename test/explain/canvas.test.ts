import { expect, test } from "vitest";
import { Canvas } from "../../src/explain/canvas.js";
import { drawText, fitText, textWidth } from "../../src/explain/font.js";

const [white, black] = ["#ffffff", "#000000"];

/** The red of every pixel, row by row; on white in black, 255 less what is covered. */
function reds({ width, height, data }: Canvas): number[][] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => data[4 * (y * width + x)]),
  );
}

/** How many pixels are covered, in sum. */
function covered(canvas: Canvas): number {
  return reds(canvas)
    .flat()
    .reduce((sum, red) => sum + (255 - red) / 255, 0);
}

test("pixels are covered by the share of them that lies within", () => {
  const canvas = new Canvas(4, 3, white);
  canvas.rectangle(0.5, 1, 2.25, 1.5, black);
  const shares = [
    [0, 0, 0, 0],
    [0.5, 1, 0.75, 0],
    [0.25, 0.5, 0.375, 0],
  ];
  for (const [y, row] of reds(canvas).entries()) {
    for (const [x, red] of row.entries()) expect(Math.abs(red - 255 * (1 - shares[y][x]))).toBeLessThan(1);
  }
});

test("an area has the size that it has, whatever its slant and where it is cut off", () => {
  const triangle = new Canvas(40, 40, white);
  triangle.fill(
    [
      [
        [3.3, 2.1],
        [35.7, 11.4],
        [12.2, 38.9],
      ],
    ],
    black,
  );
  const exact = Math.abs((35.7 - 3.3) * (38.9 - 2.1) - (12.2 - 3.3) * (11.4 - 2.1)) / 2;
  // Each pixel of the rim is rounded to 1/255.
  expect(Math.abs(covered(triangle) - exact)).toBeLessThan(0.5);
  const cut = new Canvas(10, 10, white);
  cut.rectangle(-5, -5, 10.5, 30, black);
  expect(covered(cut)).toBeCloseTo(55, 0);
  cut.rectangle(50, 50, 10, 10, black);
  expect(covered(cut)).toBeCloseTo(55, 0);
});

test("what a contour encloses in the other direction is left out", () => {
  const canvas = new Canvas(10, 10, white);
  canvas.fill(
    [
      [
        [1, 1],
        [9, 1],
        [9, 9],
        [1, 9],
      ],
      [
        [3, 3],
        [3, 7],
        [7, 7],
        [7, 3],
      ],
    ],
    black,
  );
  expect(covered(canvas)).toBe(48);
});

test("a disc is a rounded rectangle, and a line as long and wide as it is", () => {
  const canvas = new Canvas(44, 44, white);
  canvas.rectangle(2, 2, 40, 40, black, 20);
  // Of 32 straight edges: a little less.
  expect(covered(canvas) / (Math.PI * 400)).toBeCloseTo(0.994, 2);
  const line = new Canvas(60, 60, white);
  line.line([10, 10], [40, 50], 3, black);
  expect(Math.abs(covered(line) - 150)).toBeLessThan(0.5);
});

test("alpha mixes, of colours and of pictures", () => {
  const canvas = new Canvas(2, 1, white);
  canvas.rectangle(0, 0, 1, 1, "#00000080");
  canvas.image({ width: 1, height: 1, data: [255, 0, 0, 51] }, 1, 0);
  expect([...canvas.data]).toEqual([127, 127, 127, 255, 255, 204, 204, 255]);
});

test("text has ink above its baseline, and is as wide as it says", () => {
  const font = { size: 40, weight: "semibold" } as const;
  const width = textWidth("Hill", font);
  const canvas = new Canvas(Math.ceil(width) + 40, 60, white);
  drawText(canvas, 20, 50, "Hill", { ...font, colour: black });
  const columns = reds(canvas)[0].map((_, x) => reds(canvas).some((row) => row[x] < 128));
  expect(columns.indexOf(true)).toBeGreaterThanOrEqual(20);
  expect(columns.lastIndexOf(true)).toBeLessThanOrEqual(20 + width);
  const rows = reds(canvas).map((row) => row.some((red) => red < 128));
  expect(rows.lastIndexOf(true)).toBe(49);
  // Capitals and ascenders are 0.73 to 0.76 em high.
  expect(50 - rows.indexOf(true)).toBeGreaterThan(0.72 * 40);
  expect(50 - rows.indexOf(true)).toBeLessThan(0.78 * 40);
});

test("a counter is not filled", () => {
  const canvas = new Canvas(60, 60, white);
  const width = drawText(canvas, 10, 50, "O", { size: 50, colour: black });
  expect(canvas.data[4 * (32 * 60 + Math.round(10 + width / 2))]).toBe(255);
});

test("semibold takes letters that it has not from regular; a letter that none has is a box", () => {
  const font = { size: 20, weight: "semibold" } as const;
  expect(textWidth("ж", font)).toBe(textWidth("ж", { size: 20 }));
  expect(textWidth("漢", font)).toBe(textWidth("字", font));
  expect(textWidth("漢", font)).toBeGreaterThan(0);
});

test("a text that is too long ends in an ellipsis, and fits", () => {
  const font = { size: 16 };
  const fitted = fitText("A name that is longer than its place", 120, font);
  expect(fitted).toMatch(/^A name.*[^ ]…$/);
  expect(textWidth(fitted, font)).toBeLessThanOrEqual(120);
  expect(fitText("short", 120, font)).toBe("short");
});
