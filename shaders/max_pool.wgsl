// Maximum of the windows of a map, a number at a time; see include/max_pool.wgsl.
alias Element = f32;

//#include "include/max_pool.wgsl"
