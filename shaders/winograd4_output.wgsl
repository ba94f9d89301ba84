// The output transform AᵀmA of Winograd's F(4×4, 3×3), and the epilogue: activation(AᵀmA + bias + residual) · gate. See
// include/winograd.wgsl, and winograd4_input.wgsl for the points.
//
// products  36 × tiles × channels
// bias      channels
// residual  N × height × width × channels
// gate      N × height × width
// output    N × height × width × channels
//#include "include/scalar.wgsl"
const SIDE: u32 = 4;

//#include "include/winograd.wgsl"
//#include "include/epilogue.wgsl"

@group(0) @binding(1) var<storage, read> products: array<f32>;

const ROOT_HALF = 0.70710678;
const ROOT_TWO = 1.41421356;

fn activateElement(value: f32, kind: u32) -> f32 {
  return activate(value, kind);
}

struct Four {
  a: f32,
  b: f32,
  c: f32,
  d: f32,
}

fn rotate(four: Four) -> Four {
  return Four(four.b, four.c, four.d, four.a);
}

// Aᵀ of a column, or of a row.
fn transform(m0: f32, m1: f32, m2: f32, m3: f32, m4: f32, m5: f32) -> Four {
  let evenHalf = m1 + m2;
  let oddHalf = m1 - m2;
  let evenTwo = m3 + m4;
  let oddTwo = m3 - m4;
  return Four(
    m0 + evenHalf + evenTwo,
    ROOT_HALF * oddHalf + ROOT_TWO * oddTwo,
    0.5 * evenHalf + 2.0 * evenTwo,
    0.5 * ROOT_HALF * oddHalf + 2.0 * ROOT_TWO * oddTwo + m5,
  );
}

// i is that of the invocation, frequency 0 of the tile; each frequency lies count further.
fn transformColumn(column: u32, i: u32) -> Four {
  let at = column * params.count + i;
  let row = 6 * params.count;
  return transform(
    products[at],
    products[at + row],
    products[at + 2 * row],
    products[at + 3 * row],
    products[at + 4 * row],
    products[at + 5 * row],
  );
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
  let tile = tileAt(i / params.channels);
  var c0 = transformColumn(0, i);
  var c1 = transformColumn(1, i);
  var c2 = transformColumn(2, i);
  var c3 = transformColumn(3, i);
  var c4 = transformColumn(4, i);
  var c5 = transformColumn(5, i);

  // Loops, where the results move up, keep the shader small: drivers compile it several times faster than 16 copies.
  for (var row = tile.top; row < min(tile.top + SIDE, params.height); row++) {
    var line = transform(c0.a, c1.a, c2.a, c3.a, c4.a, c5.a);
    for (var column = tile.left; column < min(tile.left + SIDE, params.width); column++) {
      finish(line.a, tile.picture + row * params.width + column, channel, params.channels);
      line = rotate(line);
    }
    c0 = rotate(c0);
    c1 = rotate(c1);
    c2 = rotate(c2);
    c3 = rotate(c3);
    c4 = rotate(c4);
    c5 = rotate(c5);
  }
}
