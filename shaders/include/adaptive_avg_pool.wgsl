// Mean over torch's bins of x, or of x · gate: bin k covers floor(k·in/out) … ceil((k+1)·in/out). Channels
// are counted in Elements: the shader that includes this includes include/scalar.wgsl or include/vector.wgsl before it.
//
// x       N × height × width × channels
// gate    N × height × width, f32
// output  N × outHeight × outWidth × channels
//
// A workgroup computes LANES neighbouring Elements; SLICES slices of each one's bin are summed apart, then together in
// a fixed order. Overrides: LANES, SLICES, HAS_GATE. count is the output's.
//#include "include/invocation.wgsl"
override LANES: u32 = 16;
override SLICES: u32 = 16;
override HAS_GATE: bool = false;

struct Params {
  count: u32,
  height: u32,
  width: u32,
  channels: u32,
  outHeight: u32,
  outWidth: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<StoredElement>;
@group(0) @binding(2) var<storage, read> gate: array<Stored>;
@group(0) @binding(3) var<storage, read_write> output: array<StoredElement>;

var<workgroup> slices: array<Element, LANES * SLICES>;

// Where bin k of `count` over `length` places starts, and where it ends (excluded).
fn bin(k: u32, count: u32, length: u32) -> vec2u {
  return vec2u(k * length / count, ((k + 1) * length + count - 1) / count);
}

@compute @workgroup_size(LANES, SLICES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = workgroupIndex(group, groups) * LANES + local.x;
  // Lanes past the end repeat the last Element, and do not write it.
  let element = min(i, params.count - 1);
  let channel = element % params.channels;
  let place = element / params.channels;
  let rows = bin(place / params.outWidth % params.outHeight, params.outHeight, params.height);
  let columns = bin(place % params.outWidth, params.outWidth, params.width);
  let picture = place / (params.outWidth * params.outHeight) * params.height;
  let binWidth = columns.y - columns.x;
  let area = (rows.y - rows.x) * binWidth;

  var sum = Element();
  for (var k = local.y; k < area; k += SLICES) {
    let at = (picture + rows.x + k / binWidth) * params.width + columns.x + k % binWidth;
    var value = Element(x[at * params.channels + channel]);
    if (HAS_GATE) {
      value *= f32(gate[at]);
    }
    sum += value;
  }
  if (SLICES > 1) {
    slices[thread] = sum;
    workgroupBarrier();
    sum = slices[local.x];
    for (var slice = 1u; slice < SLICES; slice++) {
      sum += slices[slice * LANES + local.x];
    }
  }
  if (local.y == 0 && i < params.count) {
    output[i] = StoredElement(sum / f32(area));
  }
}
