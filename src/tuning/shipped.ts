/**
 * Winners measured here, by the adapter's family and `shapeKey`: those convolutions of bpclip-s and of BPCLIP at the
 * paper's size which the planners' rule does not compute in the fastest way, as far as that is worth it. Written by
 * `npm run tune:shipped`.
 */
export const shippedTuning: Record<string, Record<string, string>> = {
  llvmpipe: {
    "24x32x16x16 k3x3 s1 p1": "winograd4 direct8",
    "32x32x16x16 k3x3 s1 p1": "winograd4 direct8",
    "16x16x16x16 k3x3 s1 p1": "winograd4 direct8",
    "16x24x16x16 k3x3 s1 p1": "winograd4 direct8",
    "28x28x16x16 k3x3 s1 p1": "winograd4 direct8",
    "7x7x512x512 k3x3 s1 p1": "winograd4 direct4",
  },
  swiftshader: {
    "7x7x512x512 k3x3 s1 p1": "winograd4 direct4",
  },
};
