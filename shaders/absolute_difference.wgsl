// |a − b|, or a smooth form of it, a number at a time; see include/absolute_difference.wgsl.
alias Element = f32;

//#include "include/absolute_difference.wgsl"
