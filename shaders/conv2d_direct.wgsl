// 2-D convolution as an implicit GEMM without workgroup memory: activation(x ⋆ weight + bias + residual) · gate.
// An invocation computes PIXELS output pixels × 4 output channels, reading 4 input channels at a time; a workgroup has
// PIXELS pixels × 4·WORKGROUP_X channels, so that all its invocations read the same numbers of x.
//
// x         N × height × width × C/4             vec4
// weight    kernelHeight × kernelWidth × C × O/4 vec4 (HWIO)
// bias      O/4 vec4
// residual  pixels × O/4 vec4
// gate      pixels
// output    slices × pixels × O/4 vec4; more slices than one have no epilogue
//
// Overrides: PIXELS, 4 or 8; WORKGROUP_X; PADDING.
// Workgroups: x over channels; y, then z, over slices × pixels.
//#include "include/vector.wgsl"
//#include "include/conv2d.wgsl"
//#include "include/epilogue.wgsl"
override PIXELS: u32 = 8;
override WORKGROUP_X: u32 = 16;

@group(0) @binding(1) var<storage, read> x: array<vec4<Stored>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<Stored>>;

fn activateElement(value: vec4f, kind: u32) -> vec4f {
  return vec4f(activate(value.x, kind), activate(value.y, kind), activate(value.z, kind), activate(value.w, kind));
}

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let depth = params.channels / 4;
  let outDepth = params.outChannels / 4;
  let channel = group.x * WORKGROUP_X + local.x;
  let blocks = (params.pixels + PIXELS - 1) / PIXELS;
  let block = group.z * groups.y + group.y;
  let slice = block / blocks;
  let pixel = block % blocks * PIXELS;
  if (channel >= outDepth || slice >= params.slices) {
    return;
  }
  let sliceDepth = (depth + params.slices - 1) / params.slices;
  let first = min(slice * sliceDepth, depth);
  let end = min(first + sliceDepth, depth);
  // Pixels past the end repeat the last one, and are not written.
  let last = vec4u(params.pixels - 1);
  let windowsA = windowsAt(min(pixel + vec4u(0, 1, 2, 3), last));
  let windowsB = windowsAt(min(pixel + vec4u(4, 5, 6, 7), last));

  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
  var k = 4 * first * outDepth + channel;
  for (var ky = 0u; ky < params.kernelHeight; ky++) {
    for (var kx = 0u; kx < params.kernelWidth; kx++) {
      let tapsA = tapsAt(windowsA, ky, kx);
      let tapsB = tapsAt(windowsB, ky, kx);
      let a = tapsA.pixel * depth;
      let b = tapsB.pixel * depth;
      for (var c = first; c < end; c++) {
        let w0 = vec4f(weight[k]);
        let w1 = vec4f(weight[k + outDepth]);
        let w2 = vec4f(weight[k + 2 * outDepth]);
        let w3 = vec4f(weight[k + 3 * outDepth]);
        k += 4 * outDepth;
        let x0 = select(vec4f(), vec4f(x[a.x + c]), tapsA.inside.x);
        let x1 = select(vec4f(), vec4f(x[a.y + c]), tapsA.inside.y);
        let x2 = select(vec4f(), vec4f(x[a.z + c]), tapsA.inside.z);
        let x3 = select(vec4f(), vec4f(x[a.w + c]), tapsA.inside.w);
        sum0 += x0.x * w0 + x0.y * w1 + x0.z * w2 + x0.w * w3;
        sum1 += x1.x * w0 + x1.y * w1 + x1.z * w2 + x1.w * w3;
        sum2 += x2.x * w0 + x2.y * w1 + x2.z * w2 + x2.w * w3;
        sum3 += x3.x * w0 + x3.y * w1 + x3.z * w2 + x3.w * w3;
        if (PIXELS == 8) {
          let x4 = select(vec4f(), vec4f(x[b.x + c]), tapsB.inside.x);
          let x5 = select(vec4f(), vec4f(x[b.y + c]), tapsB.inside.y);
          let x6 = select(vec4f(), vec4f(x[b.z + c]), tapsB.inside.z);
          let x7 = select(vec4f(), vec4f(x[b.w + c]), tapsB.inside.w);
          sum4 += x4.x * w0 + x4.y * w1 + x4.z * w2 + x4.w * w3;
          sum5 += x5.x * w0 + x5.y * w1 + x5.z * w2 + x5.w * w3;
          sum6 += x6.x * w0 + x6.y * w1 + x6.z * w2 + x6.w * w3;
          sum7 += x7.x * w0 + x7.y * w1 + x7.z * w2 + x7.w * w3;
        }
      }
      // Over the other slices, to the next tap.
      k += 4 * (depth - (end - first)) * outDepth;
    }
  }

  // A loop, where the sums move up, keeps the shader small: drivers compile it several times faster than copies.
  let count = min(PIXELS, params.pixels - pixel);
  for (var p = 0u; p < count; p++) {
    finish(sum0, slice * params.pixels + pixel + p, channel, outDepth);
    sum0 = sum1;
    sum1 = sum2;
    sum2 = sum3;
    sum3 = sum4;
    sum4 = sum5;
    sum5 = sum6;
    sum6 = sum7;
  }
}
