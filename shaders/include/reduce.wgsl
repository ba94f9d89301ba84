// Reductions over a workgroup of 64, as trees: the order is fixed, so the result is the same in every run. All
// invocations must call them, and all receive the result.
var<workgroup> partials: array<f32, 64>;

fn sumOf(value: f32, thread: u32) -> f32 {
  workgroupBarrier();
  partials[thread] = value;
  for (var half = 32u; half > 0; half /= 2) {
    workgroupBarrier();
    if (thread < half) {
      partials[thread] += partials[thread + half];
    }
  }
  workgroupBarrier();
  return partials[0];
}

fn maximumOf(value: f32, thread: u32) -> f32 {
  workgroupBarrier();
  partials[thread] = value;
  for (var half = 32u; half > 0; half /= 2) {
    workgroupBarrier();
    if (thread < half) {
      partials[thread] = max(partials[thread], partials[thread + half]);
    }
  }
  workgroupBarrier();
  return partials[0];
}
