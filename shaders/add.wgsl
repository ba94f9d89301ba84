// a + b, where b repeats over a's leading dimensions.
//
// a, output  count
// b          period, which divides count
//
// An invocation a number.
//#include "include/stored.wgsl"
//#include "include/invocation.wgsl"

struct Params {
  count: u32,
  period: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<Stored>;
@group(0) @binding(2) var<storage, read> b: array<Stored>;
@group(0) @binding(3) var<storage, read_write> output: array<Stored>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = invocationIndex(group, groups, local);
  if (i < params.count) {
    output[i] = Stored(f32(a[i]) + f32(b[i % params.period]));
  }
}
