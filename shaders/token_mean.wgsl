// Mean over tokens of x · weights, or Σ x·weights / Σ weights when NORMALIZED; without weights they count as 1.
//
// x, weights  N × tokens × channels
// output      N × channels
//
// A workgroup computes 16 neighbouring numbers; 16 slices of their tokens are summed apart, then together in a fixed
// order. Overrides: HAS_WEIGHTS, NORMALIZED. count is the output's.
//#include "include/stored.wgsl"
//#include "include/invocation.wgsl"
override HAS_WEIGHTS: bool = false;
override NORMALIZED: bool = false;

struct Params {
  count: u32,
  tokens: u32,
  channels: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> weights: array<Stored>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

// Sums of x · weights, and of the weights.
var<workgroup> slices: array<vec2f, 256>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = workgroupIndex(group, groups) * 16 + local.x;
  // Lanes past the end repeat the last number, and do not write it.
  let element = min(i, params.count - 1);
  let start = element / params.channels * params.tokens * params.channels + element % params.channels;
  var sums = vec2f();
  for (var t = local.y; t < params.tokens; t += 16) {
    let at = start + t * params.channels;
    var weight = 1.0;
    if (HAS_WEIGHTS) {
      weight = f32(weights[at]);
    }
    sums += vec2f(f32(x[at]) * weight, weight);
  }
  slices[thread] = sums;
  workgroupBarrier();
  if (local.y == 0 && i < params.count) {
    var total = vec2f();
    for (var slice = 0u; slice < 16; slice++) {
      total += slices[slice * 16 + local.x];
    }
    output[i] = total.x / select(f32(params.tokens), total.y, NORMALIZED);
  }
}
