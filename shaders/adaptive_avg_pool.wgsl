// Mean over torch's bins, of x or of x · gate, a number at a time; see include/adaptive_avg_pool.wgsl.
//#include "include/scalar.wgsl"
//#include "include/adaptive_avg_pool.wgsl"
