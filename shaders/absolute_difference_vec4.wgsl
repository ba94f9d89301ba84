// |a − b|, or a smooth form of it, four channels at a time; see include/absolute_difference.wgsl.
alias Element = vec4f;

//#include "include/absolute_difference.wgsl"
