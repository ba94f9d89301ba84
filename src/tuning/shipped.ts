/**
 * Winners measured here, by the adapter's family and `shapeKey`: those convolutions of bpclip-s and of BPCLIP at the
 * paper's size which the planners' rule does not compute in the fastest way, as far as that is worth it. Written by
 * `npm run tune:shipped`.
 */
export const shippedTuning: Record<string, Record<string, string>> = {
  llvmpipe: {
    "96x128x16x16 k3x3 s1 p1": "implicitGemm quad16",
    "48x64x16x16 k3x3 s1 p1": "implicitGemm quad16",
    "128x192x16x16 k3x3 s1 p1": "implicitGemm quad16",
    "56x56x16x16 k3x3 s1 p1": "implicitGemm quad16",
    "112x112x16x16 k3x3 s1 p1": "implicitGemm quad16",
  },
  swiftshader: {
    "64x64x16x16 k3x3 s1 p1": "implicitGemm quad16",
  },
};
