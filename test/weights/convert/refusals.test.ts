/** What cannot be converted is refused with a reason, and damaged files with a WeightsError. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BpclipError } from "../../../src/errors.js";
import { convertBackbone } from "../../../src/weights/convert/backbone.js";
import { convert, list } from "../../../src/weights/convert/convert.js";
import { detect } from "../../../src/weights/convert/detect.js";
import type { ModelFiles, Source } from "../../../src/weights/convert/model-files.js";
import { readSafetensors, writeSafetensors } from "../../../src/weights/safetensors.js";
import { expectCode } from "../../support/errors.js";
import { noise } from "../../support/seeded.js";
import { bytesAsFile, modelFiles, readBytes, small } from "./files.js";

const vocabulary = readBytes(join(small, "merges.txt"));
const openClip = readSafetensors(readBytes(join(small, "open-clip.safetensors"))).tensors;

/** Zeros under these names and shapes, as a file. */
function zeros(shapes: Iterable<[string, readonly number[]]>, metadata?: Record<string, string>): ModelFiles {
  const tensors = [...shapes].map(([name, shape]) => {
    return [name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }] as const;
  });
  return bytesAsFile(writeSafetensors(new Map(tensors), metadata));
}

/** open_clip's small model, changed. */
function changed(change: (shapes: Map<string, readonly number[]>) => void): ModelFiles {
  const shapes = new Map([...openClip].map(([name, { shape }]) => [name, shape as readonly number[]]));
  change(shapes);
  return zeros(shapes);
}

describe("whole networks by their names and shapes", () => {
  const shapes = JSON.parse(new TextDecoder().decode(readBytes(join(small, "resnet-shapes.json"))));
  const data = new Uint8Array(4 * 2048 * 1000);
  const source = (name: string): Source => {
    const tensors = Object.entries<number[]>(shapes[name]).map(([key, shape]) => {
      const size = 4 * shape.reduce((a, b) => a * b, 1);
      return [key, { name: key, dtype: "F32", shape, data: data.subarray(0, size) }] as const;
    });
    return { files: [name], tensors: new Map(tensors), texts: new Map() };
  };

  test("resnet50, whose names and shapes are timm's too, is a backbone", () => {
    const found = source("torchvision resnet50");
    expect(detect(found)).toEqual({ kind: "resnet", prefix: "" });
    const { config, unused } = convertBackbone(found, "");
    expect(config).toEqual({ stem: 64, width: 64, blocks: [3, 4, 6, 3] });
    expect(Object.fromEntries(unused)).toEqual({ "fc.*": 2, "*.num_batches_tracked": 53 });
  });

  test.each([
    ["torchvision resnet34", /basic/],
    ["torchvision resnext50_32x4d", /grouped.*ResNeXt/],
    ["torchvision wide_resnet50_2", /128 channels to 256, not to 512.*wide/],
    ["timm resnet50d", /stem.*deep/],
  ])("%s is refused with the reason", async (name, reason) => {
    const found = source(name);
    expect(detect(found)?.kind).toBe("resnet");
    const error = await expectCode("WEIGHTS_RESNET", () => convertBackbone(found, ""));
    expect(error.message).toMatch(reason);
  });
});

describe("refused", () => {
  test.each<[string, string, ModelFiles, object?]>([
    ["a CLIPTextModel", "WEIGHTS_NO_PROJECTION", modelFiles(join(small, "hf-no-projection"))],
    ["tensors of nothing that is known", "WEIGHTS_UNKNOWN", zeros([["a", [2]]])],
    [
      "a folder without weights",
      "WEIGHTS_FOLDER",
      { names: ["a.txt", "b.txt"], read: async () => vocabulary },
    ],
    ["a folder of several", "WEIGHTS_FOLDER", { names: ["a.pt", "b.pt"], read: async () => vocabulary }],
    [
      "two towers",
      "WEIGHTS_AMBIGUOUS",
      changed((all) => {
        for (const [name, shape] of [...all]) all.set(`model.${name}`, shape);
      }),
    ],
    ["no activation", "INPUT_TOWER", changed(() => {}), { heads: 2 }],
    ["no heads", "INPUT_TOWER", changed(() => {}), { activation: "gelu" }],
    ["heads that do not divide", "INPUT_TOWER", changed(() => {}), { activation: "gelu", heads: 3 }],
    [
      "a vocabulary of another size",
      "WEIGHTS_VOCABULARY",
      changed((all) => {
        all.set("token_embedding.weight", [700, 4]);
      }),
      { activation: "gelu", heads: 2, vocabulary },
    ],
    ["options of a tower for a backbone", "INPUT_TOWER", modelFiles(join(small, "resnet.pth")), { heads: 2 }],
    [
      "a state that tells no configs",
      "WEIGHTS_STATE",
      zeros([
        ["average.tower.token_embedding.weight", [2, 2]],
        ["average.nr.head.0.weight", [2, 2]],
      ]),
      { part: "nr" },
    ],
  ])("%s: %s", async (_, code, files, options) => {
    await expectCode(code, () => convert(files, options));
  });

  test("keys that are missing, misshaped and unknown, all at once", async () => {
    const files = changed((all) => {
      all.delete("ln_final.bias");
      all.set("transformer.resblocks.1.mlp.c_fc.weight", [17, 4]);
      all.set("cls_emb", [4]);
    });
    const error = await expectCode("WEIGHTS_KEYS", () => convert(files, { activation: "gelu", heads: 2 }));
    expect(error.message).toContain("3 of its tensors");
    for (const name of ["ln_final.bias", "resblocks.1.mlp.c_fc.weight", "cls_emb"]) {
      expect(error.message).toContain(name);
    }
  });

  test("a shard that is missing or named from outside", async () => {
    const whole = modelFiles(join(small, "hf-model"));
    const without = { ...whole, names: whole.names.filter((name) => !name.startsWith("model-00002")) };
    await expectCode("WEIGHTS_SHARD", () => convert(without));
    const index = new TextEncoder().encode(JSON.stringify({ weight_map: { a: "../other.safetensors" } }));
    const outside = { names: ["model.safetensors.index.json", "b"], read: async () => index };
    await expectCode("WEIGHTS_SHARD", () => convert(outside));
  });

  test("what f16 cannot hold, by name", async () => {
    const tensors = [...openClip].map(([name, { shape }]) => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      if (name === "ln_final.weight") data[1] = 65520;
      return [name, { shape, data }] as const;
    });
    const files = bytesAsFile(writeSafetensors(new Map(tensors)));
    const options = { activation: "gelu", heads: 2 } as const;
    const error = await expectCode("WEIGHTS_RANGE", () => convert(files, { ...options, dtype: "f16" }));
    expect(error.message).toContain("ln_final.weight");
    await convert(files, options);
  });

  test("a vocabulary in another order than CLIP's", async () => {
    const folder = modelFiles(join(small, "hf-model"));
    const json = JSON.parse(new TextDecoder().decode(await folder.read("vocab.json")));
    [json.a, json.b] = [json.b, json.a];
    const swapped = {
      names: folder.names,
      read: async (name: string) =>
        name === "vocab.json" ? new TextEncoder().encode(JSON.stringify(json)) : folder.read(name),
    };
    const error = await expectCode("WEIGHTS_VOCABULARY", () => convert(swapped));
    expect(error.message).toMatch(/has the id 6[45], and in CLIP's order 6[45]/);
  });
});

describe("listing tells the kind and every tensor", () => {
  test.each([
    ["openai.pt", "openai"],
    ["hf-no-projection", "huggingFace"],
    ["state.pt", "training"],
  ])("%s", async (name, kind) => {
    const listing = await list(modelFiles(join(small, name)));
    expect(listing.kind).toBe(kind);
    expect(listing.tensors.length).toBeGreaterThan(20);
  });

  test("also of what is not known", async () => {
    expect(await list(zeros([["a", [2]]]))).toMatchObject({ kind: undefined, tensors: [{ name: "a" }] });
  });
});

test("damaged files are converted or refused with an error that says so", async () => {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 32);
  const at = noise("convert fuzz", seed);
  let drawn = 0;
  const below = (bound: number) => at(drawn++) % bound;
  const originals = ["resnet.pth", "openai.pt", "open-clip.safetensors", "hf-text/pytorch_model.bin"].map(
    (name) => readBytes(join(small, name)),
  );
  const codes = new Map<string, number>();
  for (let round = 0; round < 200; round++) {
    const whole = originals[below(originals.length)];
    let bytes = whole.slice();
    // Names and shapes stand at the ends of these files, in a header or a directory.
    const near = [0, Math.max(0, bytes.length - 3000), below(bytes.length)][below(3)];
    for (let i = 0; i <= below(4); i++)
      bytes[Math.min(near + below(3000), bytes.length - 1)] ^= 1 << below(8);
    if (below(4) === 0) bytes = bytes.subarray(0, below(bytes.length));
    let code = "converted";
    try {
      await convert(bytesAsFile(bytes), whole === originals[0] ? {} : { activation: "gelu", heads: 2 });
    } catch (error) {
      if (!(error instanceof BpclipError))
        throw new Error(`round ${round} of seed ${seed}`, { cause: error });
      code = error.code;
    }
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  console.log(
    `convert fuzz: FUZZ_SEED=${seed}: ${[...codes].map(([code, count]) => `${code} ${count}`).join(", ")}`,
  );
  expect(codes.size).toBeGreaterThan(4);
});
