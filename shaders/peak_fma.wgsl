// The most f32 arithmetic that a device does, to measure others by: multiply-adds whose operands stay in registers,
// eight chains an invocation, none waiting for another. They are written as products and sums, as the other kernels
// write them, and 128 an iteration, so that the loop itself counts little.
//
// output  a number an invocation
//
// An invocation does 256 · iterations operations. x · scale + offset comes to rest at offset / (1 − scale).
//#include "include/invocation.wgsl"

struct Params {
  iterations: u32,
  scale: f32,
  offset: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = invocationIndex(group, groups, local);
  let scale = vec4f(params.scale);
  let offset = vec4f(params.offset);
  var a = vec4f(vec4u(i) + vec4u(0, 1, 2, 3));
  var b = -a;
  for (var n = 0u; n < params.iterations; n++) {
    a = a * scale + offset;
    b = b * scale + offset;
    a = a * scale + offset;
    b = b * scale + offset;
    a = a * scale + offset;
    b = b * scale + offset;
    a = a * scale + offset;
    b = b * scale + offset;
    a = a * scale + offset;
    b = b * scale + offset;
    a = a * scale + offset;
    b = b * scale + offset;
    a = a * scale + offset;
    b = b * scale + offset;
    a = a * scale + offset;
    b = b * scale + offset;
    a = a * scale + offset;
    b = b * scale + offset;
    a = a * scale + offset;
    b = b * scale + offset;
    a = a * scale + offset;
    b = b * scale + offset;
    a = a * scale + offset;
    b = b * scale + offset;
    a = a * scale + offset;
    b = b * scale + offset;
    a = a * scale + offset;
    b = b * scale + offset;
    a = a * scale + offset;
    b = b * scale + offset;
    a = a * scale + offset;
    b = b * scale + offset;
  }
  // All of them are used, so that a compiler leaves none out.
  if (i < arrayLength(&output)) {
    output[i] = dot(a, b);
  }
}
