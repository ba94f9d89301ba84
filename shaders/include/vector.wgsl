// Channels are taken four at a time. Element is what is computed with, StoredElement what is stored.
//#include "include/stored.wgsl"
alias Element = vec4f;
alias StoredElement = vec4<Stored>;
