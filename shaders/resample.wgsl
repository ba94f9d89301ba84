// One pass of Pillow's resize along an axis: out[o] = Σ_t taps[o][1+t] · x[taps[o][0] + t].
//
// x       lines × length × inner
// taps    outLength × (1 + tapCount): a start, then weights; weights of 0 may lie past the line's end
// output  lines × outLength × inner
//
// Along the width inner = C and lines = N·H; along the height inner = W·C and lines = N. Override: ROUND8.
// An invocation a number; count is the output's.
//#include "include/invocation.wgsl"
//#include "include/round8.wgsl"

struct Params {
  count: u32,
  length: u32,
  outLength: u32,
  inner: u32,
  tapCount: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> taps: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

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
  let line = i / params.inner / params.outLength * params.length;
  let row = i / params.inner % params.outLength * (1 + params.tapCount);
  let start = u32(taps[row]);
  var sum = 0.0;
  var steps = 0;
  for (var t = 0u; t < params.tapCount; t++) {
    let weight = taps[row + 1 + t];
    let at = line + min(start + t, params.length - 1);
    let value = x[at * params.inner + i % params.inner];
    if (ROUND8) {
      steps += weightSteps(weight) * pixelSteps(vec3f(value)).x;
    } else {
      sum += weight * value;
    }
  }
  output[i] = select(sum, stored(vec3i(steps)).x, ROUND8);
}
