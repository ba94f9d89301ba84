// a · b, a number at a time; see include/multiply.wgsl.
//#include "include/scalar.wgsl"
//#include "include/multiply.wgsl"
