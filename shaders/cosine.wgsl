// Cosines of every row of x with every row of y; a row of zeros has cosine 0 with everything.
//
// x       rows × channels
// y       columns × channels
// output  rows × columns
//
// A workgroup a number; count = rows · columns.
//#include "include/stored.wgsl"
//#include "include/invocation.wgsl"
//#include "include/reduce.wgsl"

struct Params {
  count: u32,
  columns: u32,
  channels: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> y: array<Stored>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = workgroupIndex(group, groups);
  if (i >= params.count) {
    return;
  }
  let xStart = i / params.columns * params.channels;
  let yStart = i % params.columns * params.channels;
  var product = 0.0;
  var xSquares = 0.0;
  var ySquares = 0.0;
  for (var c = thread; c < params.channels; c += 64) {
    let a = f32(x[xStart + c]);
    let b = f32(y[yStart + c]);
    product += a * b;
    xSquares += a * a;
    ySquares += b * b;
  }
  product = sumOf(product, thread);
  let xLength = max(sqrt(sumOf(xSquares, thread)), 1e-12);
  let yLength = max(sqrt(sumOf(ySquares, thread)), 1e-12);
  if (thread == 0) {
    output[i] = product / xLength / yLength;
  }
}
