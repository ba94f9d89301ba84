// The output transform AᵀmA of Winograd's F(2×2, 3×3), and the epilogue: activation(AᵀmA + bias + residual) · gate. See
// include/winograd.wgsl.
//
// products  16 × tiles × channels
// bias      channels
// residual  N × height × width × channels
// gate      N × height × width
// output    N × height × width × channels
//#include "include/scalar.wgsl"
const SIDE: u32 = 2;

//#include "include/winograd.wgsl"
//#include "include/epilogue.wgsl"

@group(0) @binding(1) var<storage, read> products: array<f32>;

fn activateElement(value: f32, kind: u32) -> f32 {
  return activate(value, kind);
}

struct Two {
  a: f32,
  b: f32,
}

// Aᵀ of a column, or of a row.
fn transform(m0: f32, m1: f32, m2: f32, m3: f32) -> Two {
  return Two(m0 + m1 + m2, m1 - m2 - m3);
}

// i is that of the invocation, frequency 0 of the tile; each frequency lies count further.
fn transformColumn(column: u32, i: u32) -> Two {
  let at = column * params.count + i;
  let row = 4 * params.count;
  return transform(products[at], products[at + row], products[at + 2 * row], products[at + 3 * row]);
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
  let c0 = transformColumn(0, i);
  let c1 = transformColumn(1, i);
  let c2 = transformColumn(2, i);
  let c3 = transformColumn(3, i);

  // A loop, where the results move up, keeps the shader small: drivers compile it several times faster than 4 copies.
  var top = transform(c0.a, c1.a, c2.a, c3.a);
  var bottom = transform(c0.b, c1.b, c2.b, c3.b);
  for (var p = 0u; p < 4; p++) {
    let row = tile.top + p / 2;
    let column = tile.left + p % 2;
    if (row < params.height && column < params.width) {
      finish(top.a, tile.picture + row * params.width + column, channel, params.channels);
    }
    top.a = top.b;
    top.b = bottom.a;
    bottom.a = bottom.b;
  }
}
