// A copy of some channels, four channels at a time; see include/copy_channels.wgsl.
alias Element = vec4f;

//#include "include/copy_channels.wgsl"
