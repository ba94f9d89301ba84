// Mean over torch's bins, of x or of x · gate, four channels at a time; see include/adaptive_avg_pool.wgsl.
//#include "include/vector.wgsl"
//#include "include/adaptive_avg_pool.wgsl"
