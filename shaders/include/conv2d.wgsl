// What the convolution shaders share: sizes, and where the windows of output pixels lie in the input.
struct Params {
  height: u32,
  width: u32,
  channels: u32,
  outHeight: u32,
  outWidth: u32,
  outChannels: u32,
  // Output pixels of all pictures: N · outHeight · outWidth.
  pixels: u32,
  // Not overrides: drivers would unroll the loops over the taps, and compile for seconds.
  kernelHeight: u32,
  kernelWidth: u32,
  stride: u32,
  padding: u32,
  // Into how many the input channels are cut; conv2d_direct and conv2d_tiled write the products with each apart.
  slices: u32,
  // See include/epilogue.wgsl.
  fused: u32,
}

@group(0) @binding(0) var<uniform> params: Params;

// The windows of four output pixels: their pictures' first input pixel, and their top left corners. A corner in the
// padding, being negative, wraps around to a large number.
struct Windows {
  picture: vec4u,
  top: vec4u,
  left: vec4u,
}

fn windowsAt(pixel: vec4u) -> Windows {
  let picture = pixel / (params.outWidth * params.outHeight);
  let row = pixel / params.outWidth % params.outHeight;
  let column = pixel % params.outWidth;
  let top = row * params.stride - params.padding;
  let left = column * params.stride - params.padding;
  return Windows(picture * params.height * params.width, top, left);
}

// One tap of four windows: the input pixels, and whether they are inside the picture (else they are pixel 0).
struct Taps {
  pixel: vec4u,
  inside: vec4<bool>,
}

fn tapsAt(windows: Windows, ky: u32, kx: u32) -> Taps {
  let y = windows.top + ky;
  let x = windows.left + kx;
  let inside = (y < vec4u(params.height)) & (x < vec4u(params.width));
  return Taps(select(vec4u(), windows.picture + y * params.width + x, inside), inside);
}
