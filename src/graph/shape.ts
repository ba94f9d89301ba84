/** Shape inference: what each op's result looks like, and a ShapeError by op name where its inputs do not fit. */
import { ShapeError } from "../errors.js";
import type { AttentionCut, Attributes, Inputs, OpType, Shape, Value } from "./graph.js";

type Rules = {
  [T in OpType]: (inputs: Inputs<T>, attributes: Attributes<T>, check: Check) => Shape;
};

/** Throws a ShapeError naming the op and both sides unless `fits`. */
type Check = (fits: boolean, wanted: string, ...values: Value[]) => void;

/** How many numbers a shape holds. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Bytes of each number of a tensor. */
export function bytesPerNumber({ dtype }: Value): number {
  return dtype === "f16" ? 2 : 4;
}

/** Bytes of a tensor on a GPU, which counts in words of 4. */
export function byteSizeOf(value: Value): number {
  return 4 * Math.ceil((sizeOf(value.shape) * bytesPerNumber(value)) / 4);
}

/** The result shape of an op. @throws ShapeError (SHAPE_MISMATCH) naming the op and the shapes. */
export function inferShape<T extends OpType>(
  op: T,
  name: string,
  inputs: Inputs<T>,
  attributes: Attributes<T>,
): Shape {
  const check: Check = (fits, wanted, ...values) => {
    if (fits) return;
    const found = values.map((value) => `${value.name} [${value.shape.join("×")}]`).join(" and ");
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `${op} "${name}" wants ${wanted}, and was given ${found}.`,
      "Check the sizes in the model's config against the tensors of its checkpoint.",
    );
  };
  return rules[op](inputs, attributes, check);
}

/** Which channels of its inputs an attention reads; all of them, unless it says otherwise. */
export function attentionCut(q: { shape: Shape }, { cut }: Attributes<"attention">): AttentionCut {
  return cut ?? { width: last(q), q: 0, k: 0, v: 0 };
}

/** Where a window of `size` fits along `length` with this stride and padding on both ends. */
function windows(length: number, size: number, stride: number, padding: number): number {
  return Math.floor((length + 2 * padding - size) / stride) + 1;
}

function sameShape(a: Value, b: Value): boolean {
  return a.shape.length === b.shape.length && a.shape.every((side, i) => side === b.shape[i]);
}

/** x's shape with another last dimension. */
function withLast(shape: Shape, last: number): Shape {
  return [...shape.slice(0, -1), last];
}

const last = ({ shape }: { shape: Shape }): number => shape[shape.length - 1];
const isMap = (value: Value): boolean => value.shape.length === 4;
const isVector = (value: Value | undefined, length: number): boolean =>
  value === undefined || (value.shape.length === 1 && value.shape[0] === length);

/** Whether `gate` has one channel at each place of `x`. */
function isGateOf(x: Value, gate: Value): boolean {
  return (
    gate.shape.length === x.shape.length && withLast(x.shape, 1).every((side, i) => side === gate.shape[i])
  );
}

function unchanged({ x }: { x: Value }): Shape {
  return x.shape;
}

const rules: Rules = {
  conv2d({ x, weight, bias, residual, gate }, { stride, padding }, check) {
    check(isMap(x) && isMap(weight) && x.shape[3] === weight.shape[1], "N×H×W×C and O×C×kh×kw", x, weight);
    const [n, h, w] = x.shape;
    const [o, , kh, kw] = weight.shape;
    const shape = [n, windows(h, kh, stride, padding), windows(w, kw, stride, padding), o];
    check(shape[1] > 0 && shape[2] > 0, `a map of at least ${kh}×${kw} with padding ${padding}`, x);
    if (bias) check(isVector(bias, o), `a bias of ${o}`, bias);
    const output: Value = { name: "", shape, dtype: "f32" };
    if (residual) check(sameShape(output, residual), `a residual [${shape.join("×")}]`, residual);
    if (gate) check(isGateOf(output, gate), `a gate [${withLast(shape, 1).join("×")}]`, gate);
    return shape;
  },
  linear({ x, weight, bias, residual }, _, check) {
    check(weight.shape.length === 2 && last(x) === weight.shape[1], "…×C and O×C", x, weight);
    const shape = withLast(x.shape, weight.shape[0]);
    if (bias) check(isVector(bias, weight.shape[0]), `a bias of ${weight.shape[0]}`, bias);
    const output: Value = { name: "", shape, dtype: "f32" };
    if (residual) check(sameShape(output, residual), `a residual [${shape.join("×")}]`, residual);
    return shape;
  },
  batchNorm({ x, weight, bias, mean, variance }, _, check) {
    for (const vector of [weight, bias, mean, variance]) {
      check(isVector(vector, last(x)), "one value a channel", x, vector);
    }
    return x.shape;
  },
  activation: unchanged,
  add({ a, b }, _, check) {
    const repeats = sizeOf(a.shape) / sizeOf(b.shape);
    const leadingOnes = b.shape.findIndex((side) => side !== 1);
    const tail = leadingOnes < 0 ? [] : b.shape.slice(leadingOnes);
    const matches = tail.every((side, i) => side === a.shape[a.shape.length - tail.length + i]);
    check(Number.isInteger(repeats) && matches, "b to be a's trailing dimensions", a, b);
    return a.shape;
  },
  multiply({ a, b }, _, check) {
    check(sameShape(a, b) || isGateOf(a, b), "one shape, or b with one channel", a, b);
    return a.shape;
  },
  absoluteDifference({ a, b }, _, check) {
    check(sameShape(a, b), "one shape", a, b);
    return a.shape;
  },
  concat({ parts }, _, check) {
    const [first] = parts;
    for (const part of parts) {
      const fits = withLast(part.shape, 1).every((side, i) => side === withLast(first.shape, 1)[i]);
      check(fits, "one shape but for the last dimension", first, part);
    }
    return withLast(
      first.shape,
      parts.reduce((channels, part) => channels + last(part), 0),
    );
  },
  slice({ x }, { start, count }, check) {
    check(start >= 0 && count > 0 && start + count <= last(x), `channels ${start} to ${start + count}`, x);
    return withLast(x.shape, count);
  },
  reshape({ x }, { shape }, check) {
    check(sizeOf(shape) === sizeOf(x.shape), `as many numbers as [${shape.join("×")}]`, x);
    return shape;
  },
  maxPool({ x }, { size: window, stride, padding }, check) {
    check(isMap(x), "N×H×W×C", x);
    const [n, h, w, c] = x.shape;
    return [n, windows(h, window, stride, padding), windows(w, window, stride, padding), c];
  },
  adaptiveAvgPool({ x, gate }, { height, width }, check) {
    check(isMap(x), "N×H×W×C", x);
    if (gate) check(isGateOf(x, gate), "a gate of one channel", x, gate);
    return [x.shape[0], height, width, x.shape[3]];
  },
  attention({ q, k, v, residual }, attributes, check) {
    const { heads, cut } = attributes;
    const areTokens = [q, k, v].every(({ shape }) => shape.length === 3 && shape[0] === q.shape[0]);
    check(areTokens && k.shape[1] === v.shape[1], "N×T×D, and N×S×D twice", q, k, v);
    const { width, ...starts } = attentionCut(q, attributes);
    const holds = (x: Value, start: number) => (cut ? start + width <= last(x) : width === last(x));
    const hold = holds(q, starts.q) && holds(k, starts.k) && holds(v, starts.v);
    check(hold, `${width} channels of each`, q, k, v);
    check(width % heads === 0, `a width that ${heads} heads divide`, q);
    const output: Value = { name: "", shape: withLast(q.shape, width), dtype: "f32" };
    if (residual) check(sameShape(output, residual), "a residual of the result's shape", q, residual);
    return output.shape;
  },
  layerNorm({ x, weight, bias }, _, check) {
    for (const vector of [weight, bias]) check(isVector(vector, last(x)), "one value a channel", x, vector);
    return x.shape;
  },
  softmax: unchanged,
  embedding({ ids, table }, _, check) {
    check(ids.dtype === "u32" && table.shape.length === 2, "u32 ids and a V×C table", ids, table);
    return [...ids.shape, table.shape[1]];
  },
  tokenMean({ x, weights }, _, check) {
    check(x.shape.length === 3, "N×T×C", x);
    if (weights) check(sameShape(x, weights), "weights of x's shape", x, weights);
    return [x.shape[0], x.shape[2]];
  },
  l2Normalize: unchanged,
  cosine({ x, y }, _, check) {
    check(x.shape.length === 2 && y.shape.length === 2 && last(x) === last(y), "M×E and K×E", x, y);
    return [x.shape[0], y.shape[0]];
  },
  positionCode({ h, w }, _, check) {
    check(h.shape.length === 2 && sameShape(h, w), "two S×D/2 codes", h, w);
    return [1, h.shape[0], w.shape[0], 2 * last(h)];
  },
  resizeBicubic({ x }, { height, width }, check) {
    check(isMap(x), "N×H×W×C", x);
    return [x.shape[0], height, width, x.shape[3]];
  },
  decodePixels({ x, taps }, { orientation }, check) {
    const packed = isMap(x) && x.dtype === "u32" && x.shape[0] === 1 && (last(x) === 1 || last(x) === 2);
    check(packed, "u32 pixels 1×H×W×1 or 1×H×W×2", x);
    const [, h, w] = x.shape;
    const [height, width] = orientation >= 5 ? [w, h] : [h, w];
    if (taps) check(taps.shape.length === 2, "out×(1+count) taps", taps);
    return [1, height, taps?.shape[0] ?? width, 3];
  },
  resample({ x, taps }, { axis }, check) {
    check(isMap(x) && taps.shape.length === 2, "N×H×W×C and out×(1+count) taps", x, taps);
    const [n, h, w, c] = x.shape;
    return axis === "height" ? [n, taps.shape[0], w, c] : [n, h, taps.shape[0], c];
  },
  crop({ x }, { top, left, height, width }, check) {
    check(isMap(x), "N×H×W×C", x);
    const [n, h, w, c] = x.shape;
    const inside = top >= 0 && left >= 0 && top + height <= h && left + width <= w;
    check(inside, `to hold ${height}×${width} at (${top}, ${left})`, x);
    return [n, height, width, c];
  },
  normalize({ x }, { mean, std }, check) {
    check(last(x) === mean.length && last(x) === std.length, `${mean.length} channels`, x);
    return x.shape;
  },
};
