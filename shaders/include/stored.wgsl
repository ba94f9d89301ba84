// The type that a tensor is stored in. A pipeline for tensors of half precision is made with f16 in the place of f32
// here (src/runtime/pipelines.ts); all arithmetic is in f32 either way.
alias Stored = f32;
