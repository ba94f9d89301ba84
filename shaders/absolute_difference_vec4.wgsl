// |a − b|, or a smooth form of it, four channels at a time; see include/absolute_difference.wgsl.
//#include "include/vector.wgsl"
//#include "include/absolute_difference.wgsl"
