// What is fused into the write of a product: activation(sum + bias + residual) · gate. Channels are counted in
// Elements: the shader that includes this includes include/scalar.wgsl or include/vector.wgsl before it, and declares
// `activateElement`.
//#include "include/activation.wgsl"
override HAS_BIAS: bool = false;
override HAS_RESIDUAL: bool = false;
override HAS_GATE: bool = false;

@group(0) @binding(3) var<storage, read> bias: array<StoredElement>;
@group(0) @binding(4) var<storage, read> residual: array<StoredElement>;
@group(0) @binding(5) var<storage, read> gate: array<Stored>;
@group(0) @binding(6) var<storage, read_write> output: array<StoredElement>;

// Writes channel `channel` of `channels` of a pixel, or of a row.
fn finish(sum: Element, pixel: u32, channel: u32, channels: u32) {
  let index = pixel * channels + channel;
  var value = sum;
  if (HAS_BIAS) {
    value += Element(bias[channel]);
  }
  if (HAS_RESIDUAL) {
    value += Element(residual[index]);
  }
  value = activateElement(value);
  if (HAS_GATE) {
    value *= f32(gate[pixel]);
  }
  output[index] = StoredElement(value);
}
