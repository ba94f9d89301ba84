// activation(x), a number at a time; see include/activate.wgsl.
//#include "include/scalar.wgsl"
//#include "include/activate.wgsl"

fn activateElement(value: f32, kind: u32) -> f32 {
  return activate(value, kind);
}
