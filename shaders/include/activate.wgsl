// activation(x), number by number. Counts are in Elements: the shader that includes this includes
// include/scalar.wgsl or include/vector.wgsl before it, and declares `activateElement`.
//
// x, output  count
//
// An invocation an Element.
//#include "include/activation.wgsl"
//#include "include/invocation.wgsl"

struct Params {
  count: u32,
  // The activation's number.
  kind: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<StoredElement>;
@group(0) @binding(2) var<storage, read_write> output: array<StoredElement>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = invocationIndex(group, groups, local);
  if (i < params.count) {
    output[i] = StoredElement(activateElement(Element(x[i]), params.kind));
  }
}
