// a · b, a number at a time; see include/multiply.wgsl.
alias Element = f32;

//#include "include/multiply.wgsl"
