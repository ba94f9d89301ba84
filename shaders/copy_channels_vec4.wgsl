// A copy of some channels, four channels at a time; see include/copy_channels.wgsl.
//#include "include/vector.wgsl"
//#include "include/copy_channels.wgsl"
