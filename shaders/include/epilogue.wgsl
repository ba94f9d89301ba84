// What is fused into the write of a product: activation(sum + bias + residual) · gate. Channels are counted in
// Elements: the shader that includes this includes include/scalar.wgsl or include/vector.wgsl before it, and declares
// `activateElement` and `params.fused`: the activation's number in the lowest three bits, then a bit each for a bias, a
// residual and a gate. They are no overrides, or drivers would compile a pipeline for each combination.
//#include "include/activation.wgsl"
const ACTIVATION = 7u;
const BIAS = 8u;
const RESIDUAL = 16u;
const GATE = 32u;

@group(0) @binding(3) var<storage, read> bias: array<StoredElement>;
@group(0) @binding(4) var<storage, read> residual: array<StoredElement>;
@group(0) @binding(5) var<storage, read> gate: array<Stored>;
@group(0) @binding(6) var<storage, read_write> output: array<StoredElement>;

// Writes channel `channel` of `channels` of a pixel, or of a row.
fn finish(sum: Element, pixel: u32, channel: u32, channels: u32) {
  let index = pixel * channels + channel;
  var value = sum;
  if ((params.fused & BIAS) != 0) {
    value += Element(bias[channel]);
  }
  if ((params.fused & RESIDUAL) != 0) {
    value += Element(residual[index]);
  }
  value = activateElement(value, params.fused & ACTIVATION);
  if ((params.fused & GATE) != 0) {
    value *= f32(gate[pixel]);
  }
  output[index] = StoredElement(value);
}
