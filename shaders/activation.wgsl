// activation(x), a number at a time; see include/activate.wgsl.
alias Element = f32;

//#include "include/activate.wgsl"

fn activateElement(value: f32) -> f32 {
  return activate(value);
}
