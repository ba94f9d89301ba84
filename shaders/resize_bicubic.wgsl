// Bicubic interpolation as torch does it: Keys's kernel with a = −0.75, align_corners false, no antialias, edges
// clamped.
//
// x       N × height × width × channels
// output  N × outHeight × outWidth × channels
//
// An invocation a number; count is the output's.
//#include "include/stored.wgsl"
//#include "include/invocation.wgsl"

struct Params {
  count: u32,
  height: u32,
  width: u32,
  channels: u32,
  outHeight: u32,
  outWidth: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read_write> output: array<Stored>;

// The four places of a line that make one place of the output, and their weights.
struct Taps {
  place: vec4u,
  weight: vec4f,
}

// Place k of `count` lies at (k + ½)·length/count − ½ of the line. Plus 1, so that it is positive, that is
// numerator / (2·count): whole numbers give its floor and its fraction without rounding.
fn tapsAt(k: u32, count: u32, length: u32) -> Taps {
  let numerator = (2 * k + 1) * length + count;
  let next = numerator / (2 * count);
  let t = f32(numerator % (2 * count)) / f32(2 * count);
  // Unsigned: `next` is one past the floor, so the four taps are from next − 2 to next + 1.
  let place = min(max(vec4u(next) + vec4u(0, 1, 2, 3), vec4u(2)) - 2, vec4u(length - 1));
  return Taps(place, vec4f(outer(1.0 + t), inner(t), inner(1.0 - t), outer(2.0 - t)));
}

// Keys's kernel at a distance up to 1, and from 1 to 2.
fn inner(d: f32) -> f32 {
  return (1.25 * d - 2.25) * d * d + 1.0;
}

fn outer(d: f32) -> f32 {
  return ((-0.75 * d + 3.75) * d - 6.0) * d + 3.0;
}

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
  let columns = tapsAt(place % params.outWidth, params.outWidth, params.width);
  let rows = tapsAt(place / params.outWidth % params.outHeight, params.outHeight, params.height);
  let picture = place / (params.outWidth * params.outHeight) * params.height;
  var sum = 0.0;
  for (var r = 0u; r < 4; r++) {
    let at = (picture + rows.place[r]) * params.width + columns.place;
    let line = vec4f(vec4<Stored>(
      x[at.x * params.channels + channel],
      x[at.y * params.channels + channel],
      x[at.z * params.channels + channel],
      x[at.w * params.channels + channel],
    ));
    sum += rows.weight[r] * dot(columns.weight, line);
  }
  output[i] = Stored(sum);
}
