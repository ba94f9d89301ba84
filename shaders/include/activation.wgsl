// Activations by their number: 0 none, 1 relu, 2 gelu, 3 quickGelu, 4 sigmoid.

// The normal distribution's cumulative function, (1 + erf(x/√2))/2, within 1e-7: Abramowitz and Stegun 7.1.26 gives
// its tail, so that it does not cancel for x far below 0.
fn normalCdf(x: f32) -> f32 {
  let a = abs(x) * 0.70710678;
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let tail = 0.5 * p * exp(-a * a);
  return select(tail, 1.0 - tail, x > 0.0);
}

// Below -80 the exponential would leave the range of f32, where WGSL promises nothing.
fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-max(x, -80.0)));
}

fn activate(x: f32, kind: u32) -> f32 {
  switch (kind) {
    case 1u: { return max(x, 0.0); }
    case 2u: { return x * normalCdf(x); }
    case 3u: { return x * sigmoid(1.702 * x); }
    case 4u: { return sigmoid(x); }
    default: { return x; }
  }
}
