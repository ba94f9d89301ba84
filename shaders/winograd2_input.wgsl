// The input transform BᵀdB of Winograd's F(2×2, 3×3), at the points 0, 1, −1 and ∞; see include/winograd_input.wgsl.
const SIDE: u32 = 2;

//#include "include/winograd_input.wgsl"

struct Four {
  a: f32,
  b: f32,
  c: f32,
  d: f32,
}

// Bᵀ of a column, or of a row.
fn transform(d: Four) -> Four {
  return Four(d.a - d.c, d.b + d.c, d.c - d.b, d.b - d.d);
}

fn loadColumn(tile: Tile, column: u32, channel: u32) -> Four {
  return Four(
    load(tile, 0, column, channel),
    load(tile, 1, column, channel),
    load(tile, 2, column, channel),
    load(tile, 3, column, channel),
  );
}

fn storeRow(row: Four, index: u32) {
  output[index] = row.a;
  output[index + params.channels] = row.b;
  output[index + 2 * params.channels] = row.c;
  output[index + 3 * params.channels] = row.d;
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

  let index = i / params.channels * 16 * params.channels + channel;
  storeRow(transform(Four(c0.a, c1.a, c2.a, c3.a)), index);
  storeRow(transform(Four(c0.b, c1.b, c2.b, c3.b)), index + 4 * params.channels);
  storeRow(transform(Four(c0.c, c1.c, c2.c, c3.c)), index + 8 * params.channels);
  storeRow(transform(Four(c0.d, c1.d, c2.d, c3.d)), index + 12 * params.channels);
}
