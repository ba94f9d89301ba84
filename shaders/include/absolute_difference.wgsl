// |a − b|, or √((a − b)² + 1e-12) when SMOOTH. Counts are in Elements: include/scalar.wgsl or
// include/vector.wgsl, which the shader that includes this includes before it.
//
// a, b, output  count
//
// An invocation an Element.
//#include "include/invocation.wgsl"
override SMOOTH: bool = false;

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<StoredElement>;
@group(0) @binding(2) var<storage, read> b: array<StoredElement>;
@group(0) @binding(3) var<storage, read_write> output: array<StoredElement>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = invocationIndex(group, groups, local);
  if (i < params.count) {
    let difference = Element(a[i]) - Element(b[i]);
    output[i] = StoredElement(select(abs(difference), sqrt(difference * difference + 1e-12), SMOOTH));
  }
}
