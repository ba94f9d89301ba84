// A map of side S whose first channels are h's row of the place's row, and whose others are w's row of its column.
//
// h, w    S × channels
// output  S × S × 2·channels
//
// An invocation a number.
//#include "include/stored.wgsl"
//#include "include/invocation.wgsl"

struct Params {
  side: u32,
  channels: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> h: array<Stored>;
@group(0) @binding(2) var<storage, read> w: array<Stored>;
@group(0) @binding(3) var<storage, read_write> output: array<Stored>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = invocationIndex(group, groups, local);
  let channel = i % (2 * params.channels);
  let column = i / (2 * params.channels) % params.side;
  let row = i / (2 * params.channels) / params.side;
  if (row >= params.side) {
    return;
  }
  if (channel < params.channels) {
    output[i] = h[row * params.channels + channel];
  } else {
    output[i] = w[column * params.channels + channel - params.channels];
  }
}
