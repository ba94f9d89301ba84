// Rows of a table by ids; an id past the table reads its last row.
//
// ids     count / channels
// table   rows × channels
// output  count
//
// An invocation a number.
//#include "include/invocation.wgsl"

struct Params {
  count: u32,
  rows: u32,
  channels: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = invocationIndex(group, groups, local);
  if (i < params.count) {
    let row = min(ids[i / params.channels], params.rows - 1);
    output[i] = table[row * params.channels + i % params.channels];
  }
}
