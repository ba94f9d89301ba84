// 2-D convolution as an implicit GEMM without workgroup memory: activation(x ⋆ weight + bias + residual) · gate.
// An invocation computes PIXELS output pixels × 8 output channels, reading one input channel at a time: on a CPU's
// driver a vec4 costs as much to load as its four numbers, and a short loop body is compiled faster and predicted better.
//
// x         N × height × width × C
// weight    kernelHeight × kernelWidth × C × O/4 vec4 (HWIO)
// bias      O/4 vec4
// residual  pixels × O/4 vec4
// gate      pixels
// output    slices × pixels × O/4 vec4; more slices than one have no epilogue
//
// Overrides: PIXELS, 4 or 8; PADDED, whether taps can lie in the padding.
// Neighbouring invocations have the same pixels and neighbouring channels.
//#include "include/vector.wgsl"
//#include "include/conv2d.wgsl"
//#include "include/invocation.wgsl"
//#include "include/epilogue.wgsl"
override PIXELS: u32 = 8;
override PADDED: bool = true;

@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<Stored>>;

fn activateElement(value: vec4f, kind: u32) -> vec4f {
  return vec4f(activate(value.x, kind), activate(value.y, kind), activate(value.z, kind), activate(value.w, kind));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let outDepth = params.outChannels / 4;
  let pairs = (outDepth + 1) / 2;
  let blocks = (params.pixels + PIXELS - 1) / PIXELS;
  let id = invocationIndex(group, groups, local);
  let channel = id % pairs * 2;
  let block = id / pairs % blocks;
  let slice = id / pairs / blocks;
  if (slice >= params.slices) {
    return;
  }
  // Of an odd number of vec4 the last is computed twice, and written once.
  let next = min(channel + 1, outDepth - 1) - channel;
  let sliceChannels = (params.channels + params.slices - 1) / params.slices;
  let first = min(slice * sliceChannels, params.channels);
  let end = min(first + sliceChannels, params.channels);
  // Pixels past the end repeat the last one, and are not written.
  let pixel = block * PIXELS;
  let last = vec4u(params.pixels - 1);
  let windowsA = windowsAt(min(pixel + vec4u(0, 1, 2, 3), last));
  let windowsB = windowsAt(min(pixel + vec4u(4, 5, 6, 7), last));

  var sum0 = mat2x4f();
  var sum1 = mat2x4f();
  var sum2 = mat2x4f();
  var sum3 = mat2x4f();
  var sum4 = mat2x4f();
  var sum5 = mat2x4f();
  var sum6 = mat2x4f();
  var sum7 = mat2x4f();
  var k = first * outDepth + channel;
  for (var ky = 0u; ky < params.kernelHeight; ky++) {
    for (var kx = 0u; kx < params.kernelWidth; kx++) {
      let tapsA = tapsAt(windowsA, ky, kx);
      let tapsB = tapsAt(windowsB, ky, kx);
      let insideA = vec4<bool>(!PADDED) | tapsA.inside;
      let insideB = vec4<bool>(!PADDED) | tapsB.inside;
      let a = tapsA.pixel * params.channels;
      let b = tapsB.pixel * params.channels;
      for (var c = first; c < end; c++) {
        let w = mat2x4f(vec4f(weight[k]), vec4f(weight[k + next]));
        k += outDepth;
        sum0 += select(0.0, f32(x[a.x + c]), insideA.x) * w;
        sum1 += select(0.0, f32(x[a.y + c]), insideA.y) * w;
        sum2 += select(0.0, f32(x[a.z + c]), insideA.z) * w;
        sum3 += select(0.0, f32(x[a.w + c]), insideA.w) * w;
        if (PIXELS == 8) {
          sum4 += select(0.0, f32(x[b.x + c]), insideB.x) * w;
          sum5 += select(0.0, f32(x[b.y + c]), insideB.y) * w;
          sum6 += select(0.0, f32(x[b.z + c]), insideB.z) * w;
          sum7 += select(0.0, f32(x[b.w + c]), insideB.w) * w;
        }
      }
      // Over the other slices, to the next tap.
      k += (params.channels - (end - first)) * outDepth;
    }
  }

  // A loop, where the sums move up, keeps the shader small: drivers compile it several times faster than copies.
  let count = min(PIXELS, params.pixels - pixel);
  for (var p = 0u; p < count; p++) {
    let row = slice * params.pixels + pixel + p;
    finish(sum0[0], row, channel, outDepth);
    if (next == 1) {
      finish(sum0[1], row, channel + 1, outDepth);
    }
    sum0 = sum1;
    sum1 = sum2;
    sum2 = sum3;
    sum3 = sum4;
    sum4 = sum5;
    sum5 = sum6;
    sum6 = sum7;
  }
}
