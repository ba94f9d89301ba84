// 2-D convolution as an implicit GEMM without workgroup memory: activation(x ⋆ weight + bias + residual) · gate.
// An invocation computes PIXELS output pixels × 4 output channels. The four of a quad have the same pixels: each loads a
// quarter of them and hands it to the others, as a CPU's driver loads for every invocation by itself what all of them need.
//
// x         N × height × width × C
// weight    kernelHeight × kernelWidth × C × O/4 vec4 (HWIO); 16 divides O
// bias      O/4 vec4
// residual  pixels × O/4 vec4
// gate      pixels
// output    slices × pixels × O/4 vec4; more slices than one have no epilogue
//
// Overrides: PIXELS, 4 or 16.
// Neighbouring invocations have the same pixels and neighbouring channels. Quads are taken to be of four invocations that
// follow each other, as they are in workgroups of one dimension wherever this was run.
enable subgroups;
// Branches and loops depend on the slice and the block of pixels only, which all of a quad share.
diagnostic(off, subgroup_uniformity);
//#include "include/vector.wgsl"
//#include "include/conv2d.wgsl"
//#include "include/invocation.wgsl"
//#include "include/epilogue.wgsl"
override PIXELS: u32 = 16;

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
  let blocks = (params.pixels + PIXELS - 1) / PIXELS;
  let id = invocationIndex(group, groups, local);
  let channel = id % outDepth;
  let block = id / outDepth % blocks;
  let slice = id / outDepth / blocks;
  if (slice >= params.slices) {
    return;
  }
  let sliceChannels = (params.channels + params.slices - 1) / params.slices;
  let first = min(slice * sliceChannels, params.channels);
  let end = min(first + sliceChannels, params.channels);
  // What this invocation loads; pixels past the end repeat the last one, and are not written.
  let pixel = block * PIXELS;
  let windows = windowsAt(min(pixel + local % 4 + vec4u(0, 4, 8, 12), vec4u(params.pixels - 1)));

  // Of four pixels each.
  var sumA = mat4x4f();
  var sumB = mat4x4f();
  var sumC = mat4x4f();
  var sumD = mat4x4f();
  var k = first * outDepth + channel;
  for (var ky = 0u; ky < params.kernelHeight; ky++) {
    for (var kx = 0u; kx < params.kernelWidth; kx++) {
      let taps = tapsAt(windows, ky, kx);
      let start = taps.pixel * params.channels;
      for (var c = first; c < end; c++) {
        let w = vec4f(weight[k]);
        k += outDepth;
        var own = vec4f();
        own.x = select(0.0, f32(x[start.x + c]), taps.inside.x);
        if (PIXELS == 16) {
          own.y = select(0.0, f32(x[start.y + c]), taps.inside.y);
          own.z = select(0.0, f32(x[start.z + c]), taps.inside.z);
          own.w = select(0.0, f32(x[start.w + c]), taps.inside.w);
        }
        let x0 = quadBroadcast(own, 0);
        let x1 = quadBroadcast(own, 1);
        let x2 = quadBroadcast(own, 2);
        let x3 = quadBroadcast(own, 3);
        sumA += mat4x4f(x0.x * w, x1.x * w, x2.x * w, x3.x * w);
        if (PIXELS == 16) {
          sumB += mat4x4f(x0.y * w, x1.y * w, x2.y * w, x3.y * w);
          sumC += mat4x4f(x0.z * w, x1.z * w, x2.z * w, x3.z * w);
          sumD += mat4x4f(x0.w * w, x1.w * w, x2.w * w, x3.w * w);
        }
      }
      // Over the other slices, to the next tap.
      k += (params.channels - (end - first)) * outDepth;
    }
  }

  // A loop, where the sums move up, keeps the shader small: drivers compile it several times faster than copies.
  let count = min(PIXELS, params.pixels - pixel);
  for (var p = 0u; p < count; p++) {
    finish(sumA[0], slice * params.pixels + pixel + p, channel, outDepth);
    sumA = mat4x4f(sumA[1], sumA[2], sumA[3], sumB[0]);
    sumB = mat4x4f(sumB[1], sumB[2], sumB[3], sumC[0]);
    sumC = mat4x4f(sumC[1], sumC[2], sumC[3], sumD[0]);
    sumD = mat4x4f(sumD[1], sumD[2], sumD[3], vec4f());
  }
}
