/** ResNet with bottleneck blocks, v1.5: the stride is on the 3×3 (torchvision's layout and key names). */
import type { GraphBuilder, Value } from "../graph/graph.js";
import type { BackboneConfig } from "./config.js";

/** A bottleneck's output has this many times the channels of its inside. */
const expansion = 4;

/** Channels of the five feature levels: [64, 256, 512, 1024, 2048] for ResNet50. */
export function levelChannels({ stem, width }: BackboneConfig): number[] {
  return [stem, ...[1, 2, 4, 8].map((factor) => factor * width * expansion)];
}

/**
 * The five feature levels of a normalised picture.
 * @param x 1×H×W×3.
 * @param name Names the levels `${name}.1` … `${name}.5`, and their ops.
 * @returns After the stem's ReLU (half size), then after each of the four stages (1/4 … 1/32), sides rounded up.
 */
export function resnet(g: GraphBuilder, x: Value, config: BackboneConfig, name: string): Value[] {
  const stem = relu(
    g,
    convNorm(g, x, `${name}.stem`, "backbone.conv1", "backbone.bn1", config.stem, 7, 2),
    `${name}.1`,
  );
  const levels = [stem];
  let map = g.add("maxPool", `${name}.stem.pool`, { x: stem }, { size: 3, stride: 2, padding: 1 });
  for (const [stage, blocks] of config.blocks.entries()) {
    for (let block = 0; block < blocks; block++) {
      const isLast = block === blocks - 1;
      const key = `layer${stage + 1}.${block}`;
      map = bottleneck(g, map, {
        key: `backbone.${key}`,
        name: `${name}.${key}`,
        outputName: isLast ? `${name}.${stage + 2}` : `${name}.${key}`,
        width: config.width << stage,
        stride: stage > 0 && block === 0 ? 2 : 1,
        hasDownsample: block === 0,
      });
    }
    levels.push(map);
  }
  return levels;
}

interface Bottleneck {
  key: string;
  name: string;
  outputName: string;
  width: number;
  stride: number;
  hasDownsample: boolean;
}

/** relu(norm(1×1) of relu(norm(3×3)) of relu(norm(1×1)) + shortcut). */
function bottleneck(g: GraphBuilder, x: Value, block: Bottleneck): Value {
  const { key, name, width, stride } = block;
  const channels = width * expansion;
  const layer = (input: Value, index: number, out: number, size: number, step: number) =>
    convNorm(g, input, `${name}.conv${index}`, `${key}.conv${index}`, `${key}.bn${index}`, out, size, step);

  const shortcut = block.hasDownsample
    ? convNorm(g, x, `${name}.downsample`, `${key}.downsample.0`, `${key}.downsample.1`, channels, 1, stride)
    : x;
  const reduced = relu(g, layer(x, 1, width, 1, 1), `${name}.relu1`);
  const filtered = relu(g, layer(reduced, 2, width, 3, stride), `${name}.relu2`);
  const expanded = layer(filtered, 3, channels, 1, 1);
  const sum = g.add("add", `${name}.sum`, { a: expanded, b: shortcut }, {});
  return relu(g, sum, block.outputName);
}

/** A convolution without bias, padded to keep its size at stride 1, and its batch norm. */
function convNorm(
  g: GraphBuilder,
  x: Value,
  name: string,
  convKey: string,
  normKey: string,
  channels: number,
  size: number,
  stride: number,
): Value {
  const weight = g.parameter(`${convKey}.weight`, [channels, x.shape[3], size, size]);
  const padding = (size - 1) / 2;
  const conv = g.add("conv2d", name, { x, weight }, { stride, padding, activation: "none" });
  const vector = (key: string) => g.parameter(`${normKey}.${key}`, [channels]);
  return g.add(
    "batchNorm",
    `${name}.norm`,
    {
      x: conv,
      weight: vector("weight"),
      bias: vector("bias"),
      mean: vector("running_mean"),
      variance: vector("running_var"),
    },
    { eps: 1e-5 },
  );
}

function relu(g: GraphBuilder, x: Value, name: string): Value {
  return g.add("activation", name, { x }, { kind: "relu" });
}
