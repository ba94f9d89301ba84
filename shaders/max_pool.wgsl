// Maximum of the windows of a map, a number at a time; see include/max_pool.wgsl.
//#include "include/scalar.wgsl"
//#include "include/max_pool.wgsl"
