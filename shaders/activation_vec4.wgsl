// activation(x), four channels at a time; see include/activate.wgsl.
//#include "include/vector.wgsl"
//#include "include/activate.wgsl"

fn activateElement(value: vec4f) -> vec4f {
  return vec4f(activate(value.x), activate(value.y), activate(value.z), activate(value.w));
}
