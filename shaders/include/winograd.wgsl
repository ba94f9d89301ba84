// What the Winograd shaders share: 3×3 convolutions of stride 1 and padding 1, whose outputs are cut into tiles of
// SIDE×SIDE. The shader that includes this declares `const SIDE: u32`.
// Follows A. Lavin and S. Gray, "Fast algorithms for convolutional neural networks" (2016), where Y = Aᵀ[(GgGᵀ) ⊙
// (BᵀdB)]A: d a tile's input of (SIDE+2)², g the filter. The ⊙ summed over the channels is a product of matrices for each
// of the (SIDE+2)² frequencies, and is computed by conv2d_direct or conv2d_tiled with the frequencies as slices.
// An invocation transforms one channel of a tile: with a vec4 of them, the many loads and stores would take drivers of
// CPUs four times as long to compile, and not run faster.
//#include "include/invocation.wgsl"

struct Params {
  // Tiles of all pictures, times channels.
  count: u32,
  height: u32,
  width: u32,
  channels: u32,
  tileRows: u32,
  tileColumns: u32,
  // Of the output transform; see include/epilogue.wgsl.
  fused: u32,
}

@group(0) @binding(0) var<uniform> params: Params;

// The first pixel of a tile's picture, and the place of its top left output.
struct Tile {
  picture: u32,
  top: u32,
  left: u32,
}

fn tileAt(tile: u32) -> Tile {
  let row = tile / params.tileColumns;
  let picture = row / params.tileRows * params.height * params.width;
  return Tile(picture, row % params.tileRows * SIDE, tile % params.tileColumns * SIDE);
}
