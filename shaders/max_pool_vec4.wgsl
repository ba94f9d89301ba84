// Maximum of the windows of a map, four channels at a time; see include/max_pool.wgsl.
//#include "include/vector.wgsl"
//#include "include/max_pool.wgsl"
