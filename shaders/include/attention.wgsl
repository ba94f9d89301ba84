// What the attention shaders share. Widths are counted in Elements: the shader that includes this includes
// include/scalar.wgsl or include/vector.wgsl before it.
//
// q                 N × tokens rows, of which the heads' channels, side by side, begin at qStart
// k, v              N × keys rows, likewise
// residual, output  N × tokens × heads × headWidth
override CAUSAL: bool = false;
override HAS_RESIDUAL: bool = false;

struct Params {
  tokens: u32,
  keys: u32,
  heads: u32,
  headWidth: u32,
  // 1/√(channels of a head)
  scale: f32,
  // Where the heads begin in a row, and the width of the whole row.
  qStart: u32,
  qWidth: u32,
  kStart: u32,
  kWidth: u32,
  vStart: u32,
  vWidth: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<StoredElement>;
@group(0) @binding(2) var<storage, read> k: array<StoredElement>;
@group(0) @binding(3) var<storage, read> v: array<StoredElement>;
@group(0) @binding(4) var<storage, read> residual: array<StoredElement>;
@group(0) @binding(5) var<storage, read_write> output: array<StoredElement>;

// Below every score, so that its exponential beside any of them is 0; its distance from them does not overflow.
const LOWEST = -1e30;
