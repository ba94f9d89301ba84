// What the input transforms BᵀdB share.
//
// x       N × height × width × channels
// output  tiles × (SIDE+2)² × channels
//#include "include/winograd.wgsl"

@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

// A tile's input begins one pixel up and left of its outputs; -1 wraps around to a number past every side.
fn load(tile: Tile, row: u32, column: u32, channel: u32) -> f32 {
  let y = tile.top + row - 1;
  let left = tile.left + column - 1;
  let inside = y < params.height && left < params.width;
  let index = (tile.picture + y * params.width + left) * params.channels + channel;
  return select(0.0, x[select(0, index, inside)], inside);
}
