// (x − mean)/√(variance + eps) · weight + bias over each row. The variance is taken around the mean, in a second pass:
// E[x²] − mean² would cancel.
//
// x, output     rows × channels
// weight, bias  channels
//
// A workgroup a row.
//#include "include/stored.wgsl"
//#include "include/invocation.wgsl"
//#include "include/reduce.wgsl"

struct Params {
  rows: u32,
  channels: u32,
  eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> weight: array<Stored>;
@group(0) @binding(3) var<storage, read> bias: array<Stored>;
@group(0) @binding(4) var<storage, read_write> output: array<Stored>;

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
  var sum = 0.0;
  for (var c = thread; c < params.channels; c += 64) {
    sum += f32(x[start + c]);
  }
  let mean = sumOf(sum, thread) / f32(params.channels);
  var squares = 0.0;
  for (var c = thread; c < params.channels; c += 64) {
    let centred = f32(x[start + c]) - mean;
    squares += centred * centred;
  }
  let variance = sumOf(squares, thread) / f32(params.channels);
  let scale = 1.0 / sqrt(variance + params.eps);
  for (var c = thread; c < params.channels; c += 64) {
    output[start + c] = Stored((f32(x[start + c]) - mean) * scale * f32(weight[c]) + f32(bias[c]));
  }
}
