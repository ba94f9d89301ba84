/** Small files of each library, converted and run against what the library computes from them. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseTextTowerConfig } from "../../../src/model/text-tower.js";
import { type ConvertOptions, convert } from "../../../src/weights/convert/convert.js";
import { readSafetensors, writeSafetensors } from "../../../src/weights/safetensors.js";
import { expectCode } from "../../support/errors.js";
import { backboneError, bytesAsFile, modelFiles, readBytes, small, stateScore, towerError } from "./files.js";

const of = (name: string) => modelFiles(join(small, name));
const vocabulary = readBytes(join(small, "merges.txt"));
const named: ConvertOptions = { vocabulary, activation: "gelu", heads: 2 };

describe("a text tower gives the library's features", () => {
  test.each([
    ["openai.pt", "openai", "openai", { vocabulary, heads: 2 }, undefined],
    ["open-clip.safetensors", "open-clip", "openClip", named, "openClip"],
    ["open-clip-training.pt", "open-clip", "openClip", named, "openClip"],
    ["open-clip-custom.safetensors", "open-clip-custom", "openClip", named, "openClip"],
    ["hf-model", "hf-model", "huggingFace", {}, "huggingFace"],
    ["hf-text", "hf-text", "huggingFace", {}, "huggingFace"],
    [
      "hf-text/pytorch_model.bin",
      "hf-text",
      "huggingFace",
      { ...named, activation: "quickGelu" },
      "huggingFace",
    ],
  ] as const)("%s", async (name, features, kind, options, convention) => {
    for (const [dtype, bound] of [["f32", 1e-5] as const, ["f16", 3e-3] as const]) {
      const made = await convert(of(name), { ...options, dtype });
      expect(made).toMatchObject({ kind, made: "text tower", notes: [] });
      expect(readSafetensors(made.bytes).metadata.convention).toBe(convention);
      expect(await towerError(made.bytes, join(small, `${features}.features.safetensors`))).toBeLessThan(
        bound,
      );
    }
  });

  test("also from its own file again, whose config, merges and convention it keeps", async () => {
    const first = await convert(of("hf-model"));
    const second = await convert(bytesAsFile(first.bytes));
    expect(second.kind).toBe("tower");
    expect(second.bytes).toEqual(first.bytes);
  });
});

test("heads are of 64 where nothing else is said", async () => {
  const { metadata, tensors } = readSafetensors(readBytes(join(small, "open-clip.safetensors")));
  const sizes = new Map([
    [4, 128],
    [12, 384],
    [16, 512],
  ]);
  const wider = [...tensors].map(([name, { shape }]) => {
    const wide = name.startsWith("visual.")
      ? shape
      : shape.map((side, i) =>
          name === "positional_embedding" && i === 0 ? side : (sizes.get(side) ?? side),
        );
    return [name, { shape: wide, data: new Float32Array(wide.reduce((a, b) => a * b, 1)) }] as const;
  });
  const made = await convert(bytesAsFile(writeSafetensors(new Map(wider), metadata)), { activation: "gelu" });
  const config = parseTextTowerConfig(readSafetensors(made.bytes).metadata.clip_text);
  expect(config).toEqual({
    ...{ vocabulary: 554, context: 12, width: 128, layers: 2, heads: 2, jointWidth: 6 },
    activation: "gelu",
  });
  expect(made.notes).toEqual([expect.stringContaining("no vocabulary")]);
});

test("configs beside the weights tell heads and activation", async () => {
  const weights = readBytes(join(small, "open-clip.safetensors"));
  const withConfig = (text_cfg: object, more = {}) => ({
    names: ["open_clip_config.json", "open_clip_model.safetensors", "README.md"],
    read: async (name: string) =>
      name.endsWith(".json")
        ? new TextEncoder().encode(JSON.stringify({ model_cfg: { text_cfg, ...more } }))
        : weights,
  });
  const traits = async (text_cfg: object, more?: object) => {
    const { bytes } = await convert(withConfig(text_cfg, more));
    const { heads, activation } = parseTextTowerConfig(readSafetensors(bytes).metadata.clip_text);
    return [heads, activation];
  };
  expect(await traits({ heads: 4 })).toEqual([4, "gelu"]);
  expect(await traits({ heads: 2 }, { quick_gelu: true })).toEqual([2, "quickGelu"]);
  for (const other of [{ no_causal_mask: true }, { pool_type: "eos" }, { norm_kwargs: { eps: 1e-6 } }]) {
    await expectCode("WEIGHTS_CONFIG", () => convert(withConfig({ heads: 2, ...other })));
  }
});

describe("a backbone", () => {
  test("gives the library's maps", async () => {
    const made = await convert(of("resnet.pth"));
    expect(made).toMatchObject({ kind: "resnet", made: "backbone" });
    expect(Object.fromEntries(made.unused)).toEqual({ "state_dict.fc.*": 2, "*.num_batches_tracked": 20 });
    expect(JSON.parse(readSafetensors(made.bytes).metadata.resnet)).toEqual({
      stem: 64,
      width: 2,
      blocks: [1, 2, 1, 1],
    });
    expect(await backboneError(made.bytes, join(small, "resnet.maps.safetensors"))).toBeLessThan(1e-4);
    const again = await convert(bytesAsFile(made.bytes));
    expect(again.bytes).toEqual(made.bytes);
    const half = await convert(bytesAsFile(made.bytes), { dtype: "f16" });
    expect(readSafetensors(half.bytes).tensors.get("backbone.conv1.weight")?.dtype).toBe("F32");
    expect(readSafetensors(half.bytes).tensors.get("backbone.bn1.weight")?.dtype).toBe("F32");
    expect(readSafetensors(half.bytes).tensors.get("backbone.layer1.0.conv1.weight")?.dtype).toBe("F16");
    expect(await backboneError(half.bytes, join(small, "resnet.maps.safetensors"))).toBeLessThan(2e-3);
  });
});

describe("a training state", () => {
  const expected = JSON.parse(new TextDecoder().decode(readBytes(join(small, "state.scores.json"))));

  test.each(["nr", "fr"] as const)("its %s scores as in PyTorch", async (part) => {
    const made = await convert(of("state.pt"), { part });
    expect(made).toMatchObject({ kind: "training", made: "BPCLIP checkpoint" });
    expect(Math.abs((await stateScore(made.bytes, part)) - expected[part])).toBeLessThan(1e-4);
    const half = await convert(bytesAsFile(made.bytes), { dtype: "f16" });
    expect(half).toMatchObject({ kind: "checkpoint", made: "BPCLIP checkpoint", tensors: made.tensors });
  });

  test("its tower", async () => {
    const made = await convert(of("state.pt"), { part: "text", dtype: "f16" });
    expect(made).toMatchObject({ kind: "training", made: "text tower", notes: [] });
    expect(readSafetensors(made.bytes).metadata.merges).toMatch(/^#version: 0\.2\n/);
  });

  test("wants a part", async () => {
    await expectCode("INPUT_PART", () => convert(of("state.pt")));
    await expectCode("INPUT_PART", () => convert(of("resnet.pth"), { part: "nr" }));
  });
});
