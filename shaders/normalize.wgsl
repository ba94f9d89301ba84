// (x − mean) / std by channel.
//
// x       count, up to 4 channels the fastest; f32
// output  count
//
// An invocation a number.
//#include "include/stored.wgsl"
//#include "include/invocation.wgsl"

struct Params {
  count: u32,
  channels: u32,
  mean0: f32,
  mean1: f32,
  mean2: f32,
  mean3: f32,
  std0: f32,
  std1: f32,
  std2: f32,
  std3: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<Stored>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let mean = vec4f(params.mean0, params.mean1, params.mean2, params.mean3);
  let deviation = vec4f(params.std0, params.std1, params.std2, params.std3);
  let i = invocationIndex(group, groups, local);
  if (i < params.count) {
    let channel = i % params.channels;
    output[i] = Stored((x[i] - mean[channel]) / deviation[channel]);
  }
}
