// Mean over torch's bins of x, or of x · gate: bin k covers floor(k·in/out) … ceil((k+1)·in/out).
//
// x       N × height × width × channels
// gate    N × height × width
// output  N × outHeight × outWidth × channels
//
// A workgroup computes 16 channels of one output place (`blocks` such workgroups a place); 16 slices of the bin are
// summed apart, then together in a fixed order. Override: HAS_GATE. places = N · outHeight · outWidth.
//#include "include/invocation.wgsl"
override HAS_GATE: bool = false;

struct Params {
  places: u32,
  blocks: u32,
  height: u32,
  width: u32,
  channels: u32,
  outHeight: u32,
  outWidth: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gate: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

var<workgroup> slices: array<f32, 256>;

// Where bin k of `count` over `length` places starts, and where it ends (excluded).
fn bin(k: u32, count: u32, length: u32) -> vec2u {
  return vec2u(k * length / count, ((k + 1) * length + count - 1) / count);
}

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = workgroupIndex(group, groups);
  let place = index / params.blocks;
  if (place >= params.places) {
    return;
  }
  let channel = index % params.blocks * 16 + local.x;
  let reading = min(channel, params.channels - 1);
  let rows = bin(place / params.outWidth % params.outHeight, params.outHeight, params.height);
  let columns = bin(place % params.outWidth, params.outWidth, params.width);
  let picture = place / (params.outWidth * params.outHeight) * params.height;
  let binWidth = columns.y - columns.x;
  let area = (rows.y - rows.x) * binWidth;

  var sum = 0.0;
  for (var i = local.y; i < area; i += 16) {
    let at = (picture + rows.x + i / binWidth) * params.width + columns.x + i % binWidth;
    var value = x[at * params.channels + reading];
    if (HAS_GATE) {
      value *= gate[at];
    }
    sum += value;
  }
  slices[thread] = sum;
  workgroupBarrier();
  if (local.y == 0 && channel < params.channels) {
    var total = 0.0;
    for (var slice = 0u; slice < 16; slice++) {
      total += slices[slice * 16 + local.x];
    }
    output[place * params.channels + channel] = total / f32(area);
  }
}
