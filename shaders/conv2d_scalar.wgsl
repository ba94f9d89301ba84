// 2-D convolution for channel counts that 4 does not divide: activation(x ⋆ weight + bias + residual) · gate.
// An invocation computes 4 output pixels × 4 output channels, reading one input channel at a time.
//
// x         N × height × width × C
// weight    kernelHeight × kernelWidth × C × O (HWIO)
// bias      O
// residual  pixels × O
// gate      pixels
// output    pixels × O
//
// Neighbouring invocations have the same pixels and neighbouring channels.
//#include "include/scalar.wgsl"
//#include "include/conv2d.wgsl"
//#include "include/invocation.wgsl"
//#include "include/epilogue.wgsl"

@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> weight: array<Stored>;

fn activateElement(value: f32, kind: u32) -> f32 {
  return activate(value, kind);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let quads = (params.outChannels + 3) / 4;
  let id = invocationIndex(group, groups, local);
  let channel = id % quads * 4;
  let pixel = id / quads * 4;
  if (pixel >= params.pixels) {
    return;
  }
  // Pixels and channels past the end repeat the last one, and are not written.
  let windows = windowsAt(min(pixel + vec4u(0, 1, 2, 3), vec4u(params.pixels - 1)));
  let columns = min(channel + vec4u(0, 1, 2, 3), vec4u(params.outChannels - 1));

  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var k = 0u;
  for (var ky = 0u; ky < params.kernelHeight; ky++) {
    for (var kx = 0u; kx < params.kernelWidth; kx++) {
      let taps = tapsAt(windows, ky, kx);
      let a = taps.pixel * params.channels;
      for (var c = 0u; c < params.channels; c++) {
        let at = k + columns;
        let w = vec4f(vec4<Stored>(weight[at.x], weight[at.y], weight[at.z], weight[at.w]));
        let values = vec4f(vec4<Stored>(x[a.x + c], x[a.y + c], x[a.z + c], x[a.w + c]));
        let inputs = select(vec4f(), values, taps.inside);
        sum0 += inputs.x * w;
        sum1 += inputs.y * w;
        sum2 += inputs.z * w;
        sum3 += inputs.w * w;
        k += params.outChannels;
      }
    }
  }

  // Loops, where the sums move up, keep the shader small: drivers compile it several times faster than 16 copies.
  let end = min(pixel + 4, params.pixels);
  let outEnd = min(channel + 4, params.outChannels);
  for (var p = pixel; p < end; p++) {
    for (var o = channel; o < outEnd; o++) {
      finish(sum0.x, p, o, params.outChannels);
      sum0 = sum0.yzwx;
    }
    sum0 = sum1;
    sum1 = sum2;
    sum2 = sum3;
  }
}
