// x / max(‖x‖, 1e-12) over each row.
//
// x, output  rows × channels
//
// A workgroup a row.
//#include "include/invocation.wgsl"
//#include "include/reduce.wgsl"

struct Params {
  rows: u32,
  channels: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = workgroupIndex(group, groups);
  if (row >= params.rows) {
    return;
  }
  let start = row * params.channels;
  var squares = 0.0;
  for (var c = thread; c < params.channels; c += 64) {
    squares += x[start + c] * x[start + c];
  }
  let length = max(sqrt(sumOf(squares, thread)), 1e-12);
  for (var c = thread; c < params.channels; c += 64) {
    output[start + c] = x[start + c] / length;
  }
}
