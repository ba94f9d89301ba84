// Resampling as Pillow does it on 8 bits, when ROUND8: pixels are integers from 0 to 255, weights multiples of 2⁻²², and
// sums of their products, which no f32 would hold, are made of integers; they stay below 2³¹.
override ROUND8: bool = false;

fn weightSteps(weight: f32) -> i32 {
  return i32(weight * 4194304.0);
}

// Of a pixel in [0,1].
fn pixelSteps(value: vec3f) -> vec3i {
  return vec3i(value * 255.0 + 0.5);
}

// A sum of weightSteps · pixelSteps as Pillow stores it, in [0,1].
fn stored(sum: vec3i) -> vec3f {
  return vec3f(clamp((sum + (1 << 21)) >> vec3u(22), vec3i(0), vec3i(255))) / 255.0;
}
