// The input transform BᵀdB of Winograd's F(4×4, 3×3), at the points 0, ±√½, ±√2 and ∞; see include/winograd_input.wgsl.
// Points ±1 and ±2 are the usual ones; these make smaller numbers, and so smaller rounding errors.
const SIDE: u32 = 4;

//#include "include/winograd_input.wgsl"

const ROOT_HALF = 0.70710678;
const ROOT_TWO = 1.41421356;

struct Six {
  a: f32,
  b: f32,
  c: f32,
  d: f32,
  e: f32,
  f: f32,
}

// Bᵀ of a column, or of a row.
fn transform(d: Six) -> Six {
  let evenHalf = d.e - 2.0 * d.c;
  let oddHalf = ROOT_HALF * d.d - ROOT_TWO * d.b;
  let evenTwo = d.e - 0.5 * d.c;
  let oddTwo = ROOT_TWO * d.d - ROOT_HALF * d.b;
  return Six(
    d.a - 2.5 * d.c + d.e,
    evenHalf + oddHalf,
    evenHalf - oddHalf,
    evenTwo + oddTwo,
    evenTwo - oddTwo,
    d.b - 2.5 * d.d + d.f,
  );
}

fn loadColumn(tile: Tile, column: u32, channel: u32) -> Six {
  return Six(
    load(tile, 0, column, channel),
    load(tile, 1, column, channel),
    load(tile, 2, column, channel),
    load(tile, 3, column, channel),
    load(tile, 4, column, channel),
    load(tile, 5, column, channel),
  );
}

fn storeRow(row: Six, index: u32) {
  output[index] = row.a;
  output[index + params.channels] = row.b;
  output[index + 2 * params.channels] = row.c;
  output[index + 3 * params.channels] = row.d;
  output[index + 4 * params.channels] = row.e;
  output[index + 5 * params.channels] = row.f;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = invocationIndex(group, groups, local);
  if (i >= params.count) {
    return;
  }
  let channel = i % params.channels;
  let tile = tileAt(i / params.channels);
  let c0 = transform(loadColumn(tile, 0, channel));
  let c1 = transform(loadColumn(tile, 1, channel));
  let c2 = transform(loadColumn(tile, 2, channel));
  let c3 = transform(loadColumn(tile, 3, channel));
  let c4 = transform(loadColumn(tile, 4, channel));
  let c5 = transform(loadColumn(tile, 5, channel));

  let index = i / params.channels * 36 * params.channels + channel;
  storeRow(transform(Six(c0.a, c1.a, c2.a, c3.a, c4.a, c5.a)), index);
  storeRow(transform(Six(c0.b, c1.b, c2.b, c3.b, c4.b, c5.b)), index + 6 * params.channels);
  storeRow(transform(Six(c0.c, c1.c, c2.c, c3.c, c4.c, c5.c)), index + 12 * params.channels);
  storeRow(transform(Six(c0.d, c1.d, c2.d, c3.d, c4.d, c5.d)), index + 18 * params.channels);
  storeRow(transform(Six(c0.e, c1.e, c2.e, c3.e, c4.e, c5.e)), index + 24 * params.channels);
  storeRow(transform(Six(c0.f, c1.f, c2.f, c3.f, c4.f, c5.f)), index + 30 * params.channels);
}
