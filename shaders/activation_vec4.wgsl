// activation(x), four channels at a time; see include/activate.wgsl.
//#include "include/vector.wgsl"
//#include "include/activate.wgsl"

fn activateElement(value: vec4f, kind: u32) -> vec4f {
  return vec4f(activate(value.x, kind), activate(value.y, kind), activate(value.z, kind), activate(value.w, kind));
}
