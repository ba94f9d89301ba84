// A picture in a texture as the words that decode_pixels.wgsl reads: 8 bits a channel, red in the low byte.
//
// picture  height × width texels, RGBA in [0,1]
// output   height × width
//
// An invocation a texel.
@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) place: vec3u) {
  let size = textureDimensions(picture);
  if (any(place.xy >= size)) {
    return;
  }
  output[place.y * size.x + place.x] = pack4x8unorm(textureLoad(picture, place.xy, 0));
}
