// |a − b|, or a smooth form of it, a number at a time; see include/absolute_difference.wgsl.
//#include "include/scalar.wgsl"
//#include "include/absolute_difference.wgsl"
