// a · b, four channels at a time; see include/multiply.wgsl.
//#include "include/vector.wgsl"
//#include "include/multiply.wgsl"
