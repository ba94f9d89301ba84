// Maximum of the windows of a map; places in the padding take no part. Channels are counted in
// Elements: the shader that includes this includes include/scalar.wgsl or include/vector.wgsl before it.
//
// x       N × height × width × channels
// output  N × outHeight × outWidth × channels
//
// Overrides: the window's SIZE, STRIDE and PADDING. An invocation an Element; count is the output's.
//#include "include/invocation.wgsl"
override SIZE: u32 = 3;
override STRIDE: u32 = 2;
override PADDING: u32 = 1;

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
@group(0) @binding(2) var<storage, read_write> output: array<StoredElement>;

// The lowest finite f32.
const LOWEST = -3.4028234e38;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = invocationIndex(group, groups, local);
  if (i >= params.count) {
    return;
  }
  let channel = i % params.channels;
  let place = i / params.channels;
  let left = place % params.outWidth * STRIDE;
  let top = place / params.outWidth % params.outHeight * STRIDE;
  let picture = place / (params.outWidth * params.outHeight) * params.height;

  // Coordinates from `top` and `left` on are those of the padded map, until PADDING is taken off.
  var highest = Element(LOWEST);
  for (var y = max(top, PADDING); y < min(top + SIZE, params.height + PADDING); y++) {
    let row = (picture + y - PADDING) * params.width;
    for (var column = max(left, PADDING); column < min(left + SIZE, params.width + PADDING); column++) {
      highest = max(highest, Element(x[(row + column - PADDING) * params.channels + channel]));
    }
  }
  output[i] = StoredElement(highest);
}
