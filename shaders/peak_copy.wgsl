// The most bytes that a device moves, to measure others by: a plain copy, neighbours by neighbours, with four reads
// under way at a time.
//
// x, output  4 · count vec4
//
// An invocation copies four vec4, a quarter of the tensor apart: 64 bytes are read and 64 written.
//#include "include/invocation.wgsl"

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4f>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = invocationIndex(group, groups, local);
  if (i < params.count) {
    let x0 = x[i];
    let x1 = x[i + params.count];
    let x2 = x[i + 2 * params.count];
    let x3 = x[i + 3 * params.count];
    output[i] = x0;
    output[i + params.count] = x1;
    output[i + 2 * params.count] = x2;
    output[i + 3 * params.count] = x3;
  }
}
