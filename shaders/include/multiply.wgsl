// a · b, where each number of b serves `share` neighbouring Elements of a: 1 for factors of one shape, C for a gate over
// C channels. Counts are in Elements: the shader that includes this includes include/scalar.wgsl or
// include/vector.wgsl before it.
//
// a, output  count
// b          count / share, f32
//
// An invocation an Element.
//#include "include/invocation.wgsl"

struct Params {
  count: u32,
  share: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<StoredElement>;
@group(0) @binding(2) var<storage, read> b: array<Stored>;
@group(0) @binding(3) var<storage, read_write> output: array<StoredElement>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = invocationIndex(group, groups, local);
  if (i < params.count) {
    output[i] = StoredElement(Element(a[i]) * f32(b[i / params.share]));
  }
}
