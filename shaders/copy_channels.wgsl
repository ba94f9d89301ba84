// A copy of some channels, a number at a time; see include/copy_channels.wgsl.
//#include "include/scalar.wgsl"
//#include "include/copy_channels.wgsl"
