import { expect, test } from "vitest";
import { bar, columns, keepEnd, padEnd, printable, styleFor } from "../../src/cli/style.js";

test("widths count what a terminal shows", () => {
  expect(columns("abc")).toBe(3);
  expect(columns("e\u0301")).toBe(1);
  expect(columns("写真")).toBe(4);
  expect(columns("👩‍👩‍👧")).toBe(2);
  expect(padEnd("写真", 6)).toBe("写真  ");
});

test("a long path keeps its end", () => {
  expect(keepEnd("holiday/beach.jpg", 17)).toBe("holiday/beach.jpg");
  expect(keepEnd("holiday/beach.jpg", 10)).toBe("…beach.jpg");
});

test("a bar is full at 1, empty at 0, and always as wide", () => {
  expect(bar(0, 4)).toBe("    ");
  expect(bar(0.5, 4)).toBe("██  ");
  expect(bar(1, 4)).toBe("████");
  expect(bar(0.03125, 4)).toBe("▏   ");
  expect(bar(7, 4)).toBe("████");
  expect(bar(-1, 4)).toBe("    ");
});

test("control characters do not reach the terminal", () => {
  expect(printable("a\x1b[2J\tb\n  at c")).toBe("a\ufffd[2J\ufffdb at c");
});

test("colours only on a terminal that has them", () => {
  const stream = (isTTY: boolean, colors: boolean) =>
    ({ isTTY, hasColors: () => colors }) as unknown as NodeJS.WriteStream & { hasColors(): boolean };
  expect(styleFor(stream(true, true)).bold("x")).toBe("\x1b[1mx\x1b[22m");
  expect(styleFor(stream(true, false)).bold("x")).toBe("x");
  expect(styleFor(stream(false, true)).bold("x")).toBe("x");
});
