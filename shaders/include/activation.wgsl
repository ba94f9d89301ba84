// Activations, chosen when the pipeline is made: 0 none, 1 relu, 2 gelu (erf), 3 quickGelu, 4 sigmoid.
override ACTIVATION: u32 = 0;

// erf by Abramowitz and Stegun 7.1.26 has an error of 1.5e-7; near 0, where GELU needs a relative error that small,
// the Taylor series is used instead.
fn erf(x: f32) -> f32 {
  let a = abs(x);
  if (a < 0.5) {
    let z = x * x;
    return x * (1.1283791671 + z * (-0.3761263890 + z * (0.1128379167 + z * (-0.0268661706 + z * (0.0052239776 - z * 0.0008548327)))));
  }
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(x) * (1.0 - p * exp(-a * a));
}

fn activate(x: f32) -> f32 {
  switch (ACTIVATION) {
    case 1u: { return max(x, 0.0); }
    case 2u: { return 0.5 * x * (1.0 + erf(x * 0.70710678118654752)); }
    case 3u: { return x / (1.0 + exp(-1.702 * x)); }
    case 4u: { return 1.0 / (1.0 + exp(-x)); }
    default: { return x; }
  }
}
