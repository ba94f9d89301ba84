// Channels are taken one at a time. Element is what is computed with, StoredElement what is stored.
//#include "include/stored.wgsl"
alias Element = f32;
alias StoredElement = Stored;
