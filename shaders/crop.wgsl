// A part of a map.
//
// x       N × height × width × channels
// output  N × outHeight × outWidth × channels, from row `top` and column `left` on
//
// An invocation a number; count is the output's.
//#include "include/invocation.wgsl"

struct Params {
  count: u32,
  height: u32,
  width: u32,
  channels: u32,
  outHeight: u32,
  outWidth: u32,
  top: u32,
  left: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

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
  let place = i / params.channels;
  let column = params.left + place % params.outWidth;
  let row = params.top + place / params.outWidth % params.outHeight;
  let picture = place / (params.outWidth * params.outHeight) * params.height;
  output[i] = x[((picture + row) * params.width + column) * params.channels + channel];
}
