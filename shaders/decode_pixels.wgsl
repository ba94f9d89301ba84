// Straight-alpha RGBA pixels to RGB in [0,1], turned upright, over white, and, when HAS_TAPS, resampled along the width
// of the upright picture as resample.wgsl does. With ROUND8 the picture over white is rounded to 8 bits, too.
//
// x       storedHeight × storedWidth words of 8 bits a channel, red in the low byte; twice as many words when WIDE:
//         16 bits a channel, red | green<<16, blue | alpha<<16
// taps    outWidth × (1 + tapCount): a start, then weights; weights of 0 may lie past the row's end
// output  height × outWidth × 3
//
// Upright pixel (column, row) is stored at index origin + column·columnStep + row·rowStep. Overrides: WIDE, HAS_TAPS,
// ROUND8. An invocation a pixel.
//#include "include/invocation.wgsl"
//#include "include/round8.wgsl"
override WIDE: bool = false;
override HAS_TAPS: bool = false;

struct Params {
  height: u32,
  width: u32,
  outWidth: u32,
  tapCount: u32,
  origin: i32,
  columnStep: i32,
  rowStep: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> taps: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

fn rgba(pixel: u32) -> vec4f {
  if (WIDE) {
    return vec4f(unpack2x16unorm(x[2 * pixel]), unpack2x16unorm(x[2 * pixel + 1]));
  }
  return unpack4x8unorm(x[pixel]);
}

// The upright picture's pixel, over white.
fn pixelAt(column: u32, row: u32) -> vec3f {
  let color = rgba(u32(params.origin + i32(column) * params.columnStep + i32(row) * params.rowStep));
  let overWhite = color.rgb * color.a + (1.0 - color.a);
  return select(overWhite, vec3f(pixelSteps(overWhite)) / 255.0, ROUND8);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = invocationIndex(group, groups, local);
  let column = i % params.outWidth;
  let row = i / params.outWidth;
  if (row >= params.height) {
    return;
  }
  var color = vec3f();
  if (HAS_TAPS) {
    let start = column * (1 + params.tapCount);
    let first = u32(taps[start]);
    var steps = vec3i();
    for (var t = 0u; t < params.tapCount; t++) {
      let weight = taps[start + 1 + t];
      let pixel = pixelAt(min(first + t, params.width - 1), row);
      if (ROUND8) {
        steps += weightSteps(weight) * pixelSteps(pixel);
      } else {
        color += weight * pixel;
      }
    }
    color = select(color, stored(steps), ROUND8);
  } else {
    color = pixelAt(column, row);
  }
  output[3 * i] = color.r;
  output[3 * i + 1] = color.g;
  output[3 * i + 2] = color.b;
}
