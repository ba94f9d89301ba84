override ROUND8: bool = false;

// As Pillow stores a value in 8 bits, when ROUND8; otherwise the value itself.
fn stored(value: f32) -> f32 {
  return select(value, floor(saturate(value) * 255.0 + 0.5) / 255.0, ROUND8);
}
