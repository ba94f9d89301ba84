// What is fused into the write of a product: activation(sum + bias + residual) · gate. The shader that includes this
// declares `alias Element`, vec4f or f32: what channels are counted in.
//#include "include/activation.wgsl"
override HAS_BIAS: bool = false;
override HAS_RESIDUAL: bool = false;
override HAS_GATE: bool = false;

@group(0) @binding(3) var<storage, read> bias: array<Element>;
@group(0) @binding(4) var<storage, read> residual: array<Element>;
@group(0) @binding(5) var<storage, read> gate: array<f32>;
@group(0) @binding(6) var<storage, read_write> output: array<Element>;

// Writes channel `channel` of `channels` of a pixel, or of a row.
fn finish(sum: Element, pixel: u32, channel: u32, channels: u32) {
  let index = pixel * channels + channel;
  var value = sum;
  if (HAS_BIAS) {
    value += bias[channel];
  }
  if (HAS_RESIDUAL) {
    value += residual[index];
  }
  value = activateElement(value);
  if (HAS_GATE) {
    value *= gate[pixel];
  }
  output[index] = value;
}
