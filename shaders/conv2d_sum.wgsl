// The second half of a convolution whose input channels were cut into slices: activation(Σ partials + bias + residual)
// · gate. Slices are added in their order, so that the result is the same in every run.
//
// partials  slices × pixels × O/4 vec4
// bias      O/4 vec4
// residual  pixels × O/4 vec4
// gate      pixels
// output    pixels × O/4 vec4
//
// An invocation a vec4; count is the output's.
//#include "include/vector.wgsl"
//#include "include/invocation.wgsl"
//#include "include/epilogue.wgsl"

struct Params {
  count: u32,
  outDepth: u32,
  slices: u32,
  fused: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<vec4f>;

fn activateElement(value: vec4f, kind: u32) -> vec4f {
  return vec4f(activate(value.x, kind), activate(value.y, kind), activate(value.z, kind), activate(value.w, kind));
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
  var sum = vec4f();
  for (var slice = 0u; slice < params.slices; slice++) {
    sum += partials[slice * params.count + i];
  }
  finish(sum, i / params.outDepth, i % params.outDepth, params.outDepth);
}
