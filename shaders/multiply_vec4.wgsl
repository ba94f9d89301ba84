// a · b, four channels at a time; see include/multiply.wgsl.
alias Element = vec4f;

//#include "include/multiply.wgsl"
