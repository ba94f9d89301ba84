// Matrix times a few rows: activation(x · weight + bias + residual), one row a workgroup in y.
// A workgroup computes 16 outputs; 16 slices of the inputs are summed apart, then together in a fixed order.
//
// x         rows × inputs
// weight    inputs × outputs (IO)
// bias      outputs
// residual  rows × outputs
// output    rows × outputs
//#include "include/scalar.wgsl"
//#include "include/epilogue.wgsl"
struct Params {
  inputs: u32,
  outputs: u32,
  fused: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> weight: array<Stored>;

var<workgroup> slices: array<f32, 256>;

fn activateElement(value: f32, kind: u32) -> f32 {
  return activate(value, kind);
}

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = group.y;
  let column = group.x * 16 + local.x;
  let reading = min(column, params.outputs - 1);
  var sum = 0.0;
  for (var i = local.y; i < params.inputs; i += 16) {
    sum += f32(x[row * params.inputs + i]) * f32(weight[i * params.outputs + reading]);
  }
  slices[thread] = sum;
  workgroupBarrier();
  if (local.y == 0 && column < params.outputs) {
    var total = 0.0;
    for (var slice = 0u; slice < 16; slice++) {
      total += slices[slice * 16 + local.x];
    }
    finish(total, row, column, params.outputs);
  }
}
