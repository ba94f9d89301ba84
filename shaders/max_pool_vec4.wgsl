// Maximum of the windows of a map, four channels at a time; see include/max_pool.wgsl.
alias Element = vec4f;

//#include "include/max_pool.wgsl"
