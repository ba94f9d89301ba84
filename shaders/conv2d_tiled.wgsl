// 2-D convolution as an implicit GEMM through workgroup memory: activation(x ⋆ weight + bias + residual) · gate.
// A workgroup computes PIXELS·WORKGROUP_Y output pixels × 4·WORKGROUP_X output channels, 16 input channels of one tap
// at a time; an invocation has PIXELS pixels × 4 channels of them in registers.
//
// x         N × height × width × C/4             vec4
// weight    kernelHeight × kernelWidth × C × O/4 vec4 (HWIO)
// bias      O/4 vec4
// residual  pixels × O/4 vec4
// gate      pixels
// output    slices × pixels × O/4 vec4; more slices than one have no epilogue
//
// Overrides: PIXELS, 4 or 8; WORKGROUP_X and WORKGROUP_Y.
// Workgroups: x over channels; y, then z, over slices × pixels.
// Follows the blocking of V. Volkov and J. Demmel, "Benchmarking GPUs to tune dense linear algebra" (2008).
//#include "include/vector.wgsl"
//#include "include/conv2d.wgsl"
//#include "include/epilogue.wgsl"
override PIXELS: u32 = 8;
override WORKGROUP_X: u32 = 16;
override WORKGROUP_Y: u32 = 8;
override THREADS: u32 = WORKGROUP_X * WORKGROUP_Y;
override TILE_PIXELS: u32 = PIXELS * WORKGROUP_Y;

@group(0) @binding(1) var<storage, read> x: array<vec4<Stored>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<Stored>>;

// Of each pixel of the tile, its window: picture, top and left, as in Windows.
var<workgroup> windows: array<vec3u, TILE_PIXELS>;
// 4 vec4 of channels a pixel.
var<workgroup> xTile: array<vec4f, 4 * TILE_PIXELS>;
// 16 rows of WORKGROUP_X vec4 of output channels.
var<workgroup> weightTile: array<vec4f, 16 * WORKGROUP_X>;

fn activateElement(value: vec4f, kind: u32) -> vec4f {
  return vec4f(activate(value.x, kind), activate(value.y, kind), activate(value.z, kind), activate(value.w, kind));
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let depth = params.channels / 4;
  let outDepth = params.outChannels / 4;
  let blocks = (params.pixels + TILE_PIXELS - 1) / TILE_PIXELS;
  let block = group.z * groups.y + group.y;
  let slice = block / blocks;
  let firstPixel = block % blocks * TILE_PIXELS;
  let sliceDepth = (depth + params.slices - 1) / params.slices;
  let first = min(slice * sliceDepth, depth);
  let end = min(first + sliceDepth, depth);
  let firstChannel = group.x * WORKGROUP_X;

  for (var i = thread; i < TILE_PIXELS; i += THREADS) {
    let corner = windowsAt(vec4u(min(firstPixel + i, params.pixels - 1)));
    windows[i] = vec3u(corner.picture.x, corner.top.x, corner.left.x);
  }
  workgroupBarrier();

  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
  for (var ky = 0u; ky < params.kernelHeight; ky++) {
    for (var kx = 0u; kx < params.kernelWidth; kx++) {
      for (var c = first; c < end; c += 4) {
        for (var i = thread; i < 4 * TILE_PIXELS; i += THREADS) {
          let window = windows[i / 4];
          let row = window.y + ky;
          let column = window.z + kx;
          let inside = row < params.height && column < params.width && c + i % 4 < end;
          let index = (window.x + row * params.width + column) * depth + c + i % 4;
          xTile[i] = select(vec4f(), vec4f(x[select(0, index, inside)]), inside);
        }
        for (var i = thread; i < 16 * WORKGROUP_X; i += THREADS) {
          let row = 4 * c + i / WORKGROUP_X;
          let column = firstChannel + i % WORKGROUP_X;
          let inside = row < 4 * end && column < outDepth;
          let index = ((ky * params.kernelWidth + kx) * params.channels + row) * outDepth + column;
          weightTile[i] = select(vec4f(), vec4f(weight[select(0, index, inside)]), inside);
        }
        workgroupBarrier();
        for (var k = 0u; k < 4; k++) {
          let w = 4 * k * WORKGROUP_X + local.x;
          let w0 = weightTile[w];
          let w1 = weightTile[w + WORKGROUP_X];
          let w2 = weightTile[w + 2 * WORKGROUP_X];
          let w3 = weightTile[w + 3 * WORKGROUP_X];
          let a = 4 * PIXELS * local.y + k;
          let x0 = xTile[a];
          let x1 = xTile[a + 4];
          let x2 = xTile[a + 8];
          let x3 = xTile[a + 12];
          sum0 += x0.x * w0 + x0.y * w1 + x0.z * w2 + x0.w * w3;
          sum1 += x1.x * w0 + x1.y * w1 + x1.z * w2 + x1.w * w3;
          sum2 += x2.x * w0 + x2.y * w1 + x2.z * w2 + x2.w * w3;
          sum3 += x3.x * w0 + x3.y * w1 + x3.z * w2 + x3.w * w3;
          if (PIXELS == 8) {
            let x4 = xTile[a + 16];
            let x5 = xTile[a + 20];
            let x6 = xTile[a + 24];
            let x7 = xTile[a + 28];
            sum4 += x4.x * w0 + x4.y * w1 + x4.z * w2 + x4.w * w3;
            sum5 += x5.x * w0 + x5.y * w1 + x5.z * w2 + x5.w * w3;
            sum6 += x6.x * w0 + x6.y * w1 + x6.z * w2 + x6.w * w3;
            sum7 += x7.x * w0 + x7.y * w1 + x7.z * w2 + x7.w * w3;
          }
        }
        workgroupBarrier();
      }
    }
  }

  let pixel = firstPixel + PIXELS * local.y;
  let channel = firstChannel + local.x;
  if (channel >= outDepth || slice >= params.slices || pixel >= params.pixels) {
    return;
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
