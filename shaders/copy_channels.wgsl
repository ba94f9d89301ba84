// A copy of some channels, a number at a time; see include/copy_channels.wgsl.
alias Element = f32;

//#include "include/copy_channels.wgsl"
