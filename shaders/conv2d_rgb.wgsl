// 2-D convolution of pictures, whose three channels are not a vec4: activation(x ⋆ weight + bias + residual) · gate.
// An invocation computes 4 output pixels × 8 output channels, a pixel's three channels at a time.
//
// x         N × height × width × 3
// weight    kernelHeight × kernelWidth × 3 × O/4 vec4 (HWIO); 8 divides O
// bias      O/4 vec4
// residual  pixels × O/4 vec4
// gate      pixels
// output    pixels × O/4 vec4
//
// Override: PADDING.
// Neighbouring invocations have the same pixels and neighbouring channels.
//#include "include/vector.wgsl"
//#include "include/conv2d.wgsl"
//#include "include/invocation.wgsl"
//#include "include/epilogue.wgsl"

@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<Stored>>;

fn activateElement(value: vec4f, kind: u32) -> vec4f {
  return vec4f(activate(value.x, kind), activate(value.y, kind), activate(value.z, kind), activate(value.w, kind));
}

// The channels of an input pixel, or 0 where it is in the padding.
fn colourAt(pixel: u32, inside: bool) -> vec3f {
  let at = 3 * pixel;
  return select(vec3f(), vec3f(vec3<Stored>(x[at], x[at + 1], x[at + 2])), inside);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let outDepth = params.outChannels / 4;
  let blocks = outDepth / 2;
  let id = invocationIndex(group, groups, local);
  let channel = id % blocks * 2;
  let pixel = id / blocks * 4;
  if (pixel >= params.pixels) {
    return;
  }
  // Pixels past the end repeat the last one, and are not written.
  let windows = windowsAt(min(pixel + vec4u(0, 1, 2, 3), vec4u(params.pixels - 1)));

  var sumA0 = vec4f();
  var sumA1 = vec4f();
  var sumA2 = vec4f();
  var sumA3 = vec4f();
  var sumB0 = vec4f();
  var sumB1 = vec4f();
  var sumB2 = vec4f();
  var sumB3 = vec4f();
  var k = channel;
  for (var ky = 0u; ky < params.kernelHeight; ky++) {
    for (var kx = 0u; kx < params.kernelWidth; kx++) {
      let taps = tapsAt(windows, ky, kx);
      let x0 = colourAt(taps.pixel.x, taps.inside.x);
      let x1 = colourAt(taps.pixel.y, taps.inside.y);
      let x2 = colourAt(taps.pixel.z, taps.inside.z);
      let x3 = colourAt(taps.pixel.w, taps.inside.w);
      let red = k;
      let green = red + outDepth;
      let blue = green + outDepth;
      let wA = mat3x4f(vec4f(weight[red]), vec4f(weight[green]), vec4f(weight[blue]));
      let wB = mat3x4f(vec4f(weight[red + 1]), vec4f(weight[green + 1]), vec4f(weight[blue + 1]));
      sumA0 += wA * x0;
      sumA1 += wA * x1;
      sumA2 += wA * x2;
      sumA3 += wA * x3;
      sumB0 += wB * x0;
      sumB1 += wB * x1;
      sumB2 += wB * x2;
      sumB3 += wB * x3;
      k += 3 * outDepth;
    }
  }

  // A loop, where the sums move up, keeps the shader small: drivers compile it several times faster than copies.
  let end = min(pixel + 4, params.pixels);
  for (var p = pixel; p < end; p++) {
    finish(sumA0, p, channel, outDepth);
    finish(sumB0, p, channel + 1, outDepth);
    sumA0 = sumA1;
    sumA1 = sumA2;
    sumA2 = sumA3;
    sumB0 = sumB1;
    sumB1 = sumB2;
    sumB2 = sumB3;
  }
}
