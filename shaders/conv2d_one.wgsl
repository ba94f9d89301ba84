// 2-D convolution to one output channel: activation(x ⋆ weight + bias + residual) · gate.
// An invocation computes 4 pixels, each a dot product over 4 input channels at a time.
//
// x         N × height × width × C/4         vec4
// weight    kernelHeight × kernelWidth × C/4 vec4 (HWIO, O = 1)
// bias      1
// residual  pixels
// gate      pixels
// output    pixels
//#include "include/scalar.wgsl"
//#include "include/conv2d.wgsl"
//#include "include/invocation.wgsl"
//#include "include/epilogue.wgsl"

@group(0) @binding(1) var<storage, read> x: array<vec4<Stored>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<Stored>>;

fn activateElement(value: f32, kind: u32) -> f32 {
  return activate(value, kind);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let depth = params.channels / 4;
  let pixel = invocationIndex(group, groups, local) * 4;
  if (pixel >= params.pixels) {
    return;
  }
  // Pixels past the end repeat the last one, and are not written.
  let windows = windowsAt(min(pixel + vec4u(0, 1, 2, 3), vec4u(params.pixels - 1)));

  var sums = vec4f();
  var k = 0u;
  for (var ky = 0u; ky < params.kernelHeight; ky++) {
    for (var kx = 0u; kx < params.kernelWidth; kx++) {
      let taps = tapsAt(windows, ky, kx);
      let a = taps.pixel * depth;
      var tapSums = vec4f();
      for (var c = 0u; c < depth; c++) {
        let w = vec4f(weight[k]);
        tapSums += vec4f(
          dot(vec4f(x[a.x + c]), w),
          dot(vec4f(x[a.y + c]), w),
          dot(vec4f(x[a.z + c]), w),
          dot(vec4f(x[a.w + c]), w),
        );
        k++;
      }
      sums += select(vec4f(), tapSums, taps.inside);
    }
  }

  let end = min(pixel + 4, params.pixels);
  for (var p = pixel; p < end; p++) {
    finish(sums.x, p, 0, 1);
    sums = sums.yzwx;
  }
}
