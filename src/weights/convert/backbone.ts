/** A ResNet's weights, as torchvision and timm name them, to a backbone's file. */
import { WeightsError } from "../../errors.js";
import { GraphBuilder } from "../../graph/graph.js";
import { checkpointTensors } from "../../graph/parameters.js";
import { type BackboneConfig, parseBackboneConfig } from "../../model/config.js";
import { resnet } from "../../model/resnet.js";
import type { ExpectedTensor } from "../named-tensors.js";
import { formatShape } from "../torch/problems.js";
import { type Gathered, gather } from "./gather.js";
import type { Source } from "./model-files.js";

/** Before every key of `src/model/resnet.ts`. */
const own = "backbone.";

/**
 * The tensors under our keys, and the sizes of the network, which its file carries under `resnet` in the metadata. That
 * the stride is on the 3×3, as in torchvision and timm, cannot be told from weights and is taken for granted.
 * @param prefix Of its names in the source.
 * @throws WeightsError WEIGHTS_RESNET (a network of another build than ResNet50's), WEIGHTS_CONFIG, and all of `gather`.
 */
export function convertBackbone(source: Source, prefix: string): Gathered & { config: BackboneConfig } {
  const config = backboneConfig(source, prefix);
  const recipes = backboneTensors(config).map(({ key, shape }) => ({
    key,
    shape,
    from: [{ key: prefix + key.slice(own.length), shape }],
    how: "copy" as const,
  }));
  return { config, ...gather(source, recipes, prefix, ["fc.*", "*.num_batches_tracked"]) };
}

/** The tensors of a backbone's file. */
export function backboneTensors(config: BackboneConfig): ExpectedTensor[] {
  const g = new GraphBuilder();
  const levels = resnet(g, g.input("picture", [1, 64, 64, 3]), config, "level");
  return checkpointTensors(g.build(levels));
}

/** Sizes by the shapes of the first block, and the build that they tell. */
function backboneConfig({ tensors }: Source, prefix: string): BackboneConfig {
  const shapeOf = (name: string) => tensors.get(prefix + name)?.shape;
  const refuse = (what: string) =>
    new WeightsError(
      "WEIGHTS_RESNET",
      `The ResNet cannot be a backbone: ${what}.`,
      "Convert a ResNet of bottleneck blocks with a plain stem, such as torchvision's or timm's resnet50, 101 or 152.",
    );

  const stem = shapeOf("conv1.weight");
  if (stem?.length !== 4 || stem[1] !== 3 || stem[2] !== 7 || stem[3] !== 7) {
    const found = stem
      ? `of ${formatShape(stem)}`
      : tensors.has(`${prefix}conv1.0.weight`)
        ? "deep"
        : "missing";
    throw refuse(`its stem is not one convolution of 7×7 over RGB, but ${found}`);
  }
  const [width = 0] = shapeOf("layer1.0.conv1.weight") ?? [];
  const middle = shapeOf("layer1.0.conv2.weight") ?? [];
  const last = shapeOf("layer1.0.conv3.weight");
  if (!last) throw refuse("its blocks are basic ones, of two convolutions, and not bottlenecks");
  if (middle[1] !== width) {
    throw refuse(`its 3×3 convolutions are grouped, ${middle[1]} channels of ${width} each (a ResNeXt)`);
  }
  if (last[0] !== 4 * width) {
    throw refuse(
      `its bottlenecks widen ${width} channels to ${last[0]}, not to ${4 * width} (a wide ResNet)`,
    );
  }
  const blocks = [1, 2, 3, 4].map((stage) => {
    let count = 0;
    while (tensors.has(`${prefix}layer${stage}.${count}.conv1.weight`)) count++;
    return count;
  });
  if (blocks.includes(0)) throw refuse(`it has ${blocks.indexOf(0)} stages, not four`);
  return parseBackboneConfig(JSON.stringify({ stem: stem[0], width, blocks }));
}
