// Copies `copied` channels of each row: x's from `xStart` on become the output's from `outputStart` on. A slice is one
// such copy, a concatenation one for each part. Counts of channels are in Elements: the shader that includes this
// includes include/scalar.wgsl or include/vector.wgsl before it.
//
// x       rows × xChannels
// output  rows × outputChannels; what is not copied to stays as it is
//
// An invocation an Element; count = rows · copied.
//#include "include/invocation.wgsl"

struct Params {
  count: u32,
  copied: u32,
  xChannels: u32,
  xStart: u32,
  outputChannels: u32,
  outputStart: u32,
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
    let row = i / params.copied;
    let channel = i % params.copied;
    output[row * params.outputChannels + params.outputStart + channel] =
      x[row * params.xChannels + params.xStart + channel];
  }
}
