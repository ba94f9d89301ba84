/** `bpclip assemble`, of a small seeded backbone and the shipped text tower. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BackboneConfig } from "../../src/model/config.js";
import { words } from "../../src/text/vocabulary.js";
import { openCheckpoint } from "../../src/weights/checkpoint.js";
import { backboneTensors } from "../../src/weights/convert/backbone.js";
import { readSafetensors, toFloat32, writeSafetensors } from "../../src/weights/safetensors.js";
import { expectClose } from "../support/close.js";
import { seededTensor } from "../support/seeded.js";
import { checkpoints, jsonLines, onCpu, png, Workplace } from "./run.js";

const at = new Workplace();
const resnet: BackboneConfig = { stem: 8, width: 4, blocks: [1, 2, 1, 1] };
const tower = readFileSync(new URL("../../weights/bpclip-s-text.safetensors", import.meta.url));
const parts = ["--backbone", "resnet.safetensors", "--clip", "text.safetensors"];

beforeAll(() => {
  const backbone = backboneTensors(resnet).map(({ key, shape }) => {
    return [key, { shape, data: seededTensor(key, shape, 1) }] as const;
  });
  at.write({
    ...checkpoints,
    "resnet.safetensors": writeSafetensors(new Map(backbone), { resnet: JSON.stringify(resnet) }),
    "text.safetensors": tower,
    "photo.png": png(64, 48),
  });
});
afterAll(() => at.remove());

const open = (name: string) => openCheckpoint(new Uint8Array(readFileSync(join(at.folder, name))));

test("makes a checkpoint that scores, and says what it is made of", async () => {
  const { status, stdout, stderr } = at.run("assemble", ...parts, "-o", "nr.made.safetensors");
  expect(stderr).toMatch(
    /^bpclip: nr\.made\.safetensors \(f32, 45\.1 MB\): bpclip-nr, 11,267,046 parameters\nbpclip: resnet\.safetensors: .*34,856 parameters.*\nbpclip: text\.safetensors: .*40 words.* 128 .*\nbpclip: warning: .*11,232,190 parameters are untrained.*seed 1.*nothing before training.*\n$/,
  );
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });

  const { config } = await open("nr.made.safetensors");
  expect(config).toMatchObject({
    name: "bpclip-nr",
    mode: "nr",
    backbone: resnet,
    width: 512,
    jointWidth: 128,
  });
  const scored = at.run("score", "photo.png", "--json", "--model", "nr.made.safetensors", ...onCpu);
  expect(jsonLines(scored.stdout)[0]).toMatchObject({ model: "bpclip-nr", score: expect.any(Number) });
});

test("the words' features are the tower's, as the checkpoint trained with it has them", async () => {
  at.run("assemble", ...parts, "-o", "words.safetensors");
  const shape = [words.length, 128];
  const made = (await open("words.safetensors")).get("text.features", shape);
  const shipped = new Uint8Array(
    readFileSync(new URL("../../weights/bpclip-s-nr.safetensors", import.meta.url)),
  );
  const trained = (await openCheckpoint(shipped)).get("text.features", shape);
  expectClose(made, trained, { absolute: 2e-3, relative: 0 }, "features");
});

test("every choice comes into the config", async () => {
  const choices = ["--mode", "fr", "--difference", "smooth", "--pool", "weighted", "--similarity", "softmax"];
  const flags = [
    "--out-projection",
    "--pre-norm",
    "--name",
    "mine",
    "--joint-width",
    "128",
    "--dtype",
    "f16",
  ];
  const { status, stderr } = at.run(
    "assemble",
    ...parts,
    ...choices,
    ...flags,
    "--output",
    "fr.made.safetensors",
  );
  expect(stderr).toMatch(/\(f16, .*: mine, /);
  expect(status).toBe(0);
  const { config } = await open("fr.made.safetensors");
  expect(config).toMatchObject({
    ...{ name: "mine", mode: "fr", difference: "smooth", pool: "weighted", similarity: "softmax" },
    ...{ outProjection: true, preNorm: true, gate: "linear" },
  });
  const compared = at.run(
    "compare",
    "photo.png",
    "photo.png",
    "--json",
    "--model",
    "fr.made.safetensors",
    ...onCpu,
  );
  expect(jsonLines(compared.stdout)[0]).toMatchObject({ model: "mine", mode: "fr" });

  at.run("assemble", ...parts, "--gate", "gated", "-o", "gated.safetensors");
  expect((await open("gated.safetensors")).config.gate).toBe("gated");
});

test("--init makes the new layers, and them alone, others", () => {
  const tensors = (...args: string[]) => {
    expect(at.run("assemble", ...parts, "--force", "-o", "seed.safetensors", ...args).status).toBe(0);
    return readSafetensors(new Uint8Array(readFileSync(join(at.folder, "seed.safetensors")))).tensors;
  };
  const [first, again, other] = [tensors(), tensors("--init", "1"), tensors("--init", "2")];
  for (const [key, { data }] of first) {
    const equals = (tensor?: { data: Uint8Array }) => Buffer.from(data).equals(Buffer.from(tensor!.data));
    expect(equals(again.get(key)), key).toBe(true);
    expect(equals(other.get(key)), key).toBe(/^(backbone|text)\./.test(key));
  }
});

describe("the output", () => {
  beforeEach(() => at.write({ "taken.safetensors": "mine" }));
  const content = () => readFileSync(join(at.folder, "taken.safetensors"), "latin1");

  test("is not written over another file", () => {
    const { status, stderr } = at.run("assemble", ...parts, "-o", "taken.safetensors");
    expect(stderr).toMatch(/^bpclip: taken\.safetensors .*\[OUTPUT_EXISTS\].*--force.*\n$/);
    expect(status).toBe(1);
    expect(content()).toBe("mine");
  });

  test("unless --force says so", async () => {
    expect(at.run("assemble", ...parts, "--force", "-o", "taken.safetensors").status).toBe(0);
    expect((await open("taken.safetensors")).config.name).toBe("bpclip-nr");
  });

  test("stays as it is where the parts are no good, --force or not", () => {
    const { status } = at.run(
      "assemble",
      ...parts,
      "--joint-width",
      "1024",
      "--force",
      "-o",
      "taken.safetensors",
    );
    expect(status).toBe(1);
    expect(content()).toBe("mine");
  });

  test.each([
    ["a folder", "folder", "OUTPUT_FILE"],
    ["in no folder", "nowhere/made.safetensors", "OUTPUT_FILE"],
  ])("cannot be %s", (_, path, code) => {
    mkdirSync(join(at.folder, "folder"), { recursive: true });
    const { status, stderr } = at.run("assemble", ...parts, "--force", "-o", path);
    expect(stderr).toMatch(new RegExp(`^bpclip: [^\\n]+ \\[${code}\\] [^\\n]+\\n$`));
    expect(status).toBe(1);
    expect(existsSync(join(at.folder, "nowhere"))).toBe(false);
  });

  test("leaves no temporary file behind", () => {
    expect(readdirSync(at.folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

describe("wrong parts", () => {
  test.each([
    ["a text tower as backbone", "text.safetensors", "text.safetensors", "WEIGHTS_KIND"],
    ["a backbone as text tower", "resnet.safetensors", "resnet.safetensors", "WEIGHTS_KIND"],
    ["a checkpoint as backbone", "nr.safetensors", "text.safetensors", "WEIGHTS_KIND"],
    ["a checkpoint as text tower", "resnet.safetensors", "nr.safetensors", "WEIGHTS_KIND"],
    ["a picture as backbone", "photo.png", "text.safetensors", "WEIGHTS_NOT_TORCH"],
    ["no file", "nowhere.pth", "text.safetensors", "WEIGHTS_FILE"],
  ])("%s", (_, backbone, clip, code) => {
    const files = ["--backbone", backbone, "--clip", clip];
    const { status, stderr } = at.run("assemble", ...files, "-o", "no.safetensors");
    const wrong = backbone === "resnet.safetensors" ? clip : backbone;
    expect(stderr).toMatch(new RegExp(`^bpclip: .*${wrong}[^\\n]+ \\[${code}\\] [^\\n]+\\n$`));
    expect(status).toBe(1);
    expect(existsSync(join(at.folder, "no.safetensors"))).toBe(false);
  });

  test("a tower of another joint width", () => {
    const { status, stderr } = at.run("assemble", ...parts, "--joint-width", "1024", "-o", "no.safetensors");
    expect(stderr).toMatch(/^bpclip: text\.safetensors .*128.*1024.*\[INPUT_JOINT_WIDTH\] .*\n$/);
    expect(status).toBe(1);
  });

  test("a tower without a vocabulary, which can be given", () => {
    const { metadata, tensors } = readSafetensors(new Uint8Array(tower));
    const { merges, ...others } = metadata;
    const floats = [...tensors].map(([name, tensor]) => {
      return [name, { shape: tensor.shape, data: toFloat32(tensor) }] as const;
    });
    writeFileSync(join(at.folder, "mute.safetensors"), writeSafetensors(new Map(floats), others));
    at.write({ "merges.txt": merges });
    const args = [
      "assemble",
      "--backbone",
      "resnet.safetensors",
      "--clip",
      "mute.safetensors",
      "--force",
      "-o",
    ];
    const { status, stderr } = at.run(...args, "mute.made.safetensors");
    expect(stderr).toMatch(/^bpclip: mute\.safetensors .*\[INPUT_VOCABULARY\] .*--vocabulary.*\n$/);
    expect(status).toBe(1);

    expect(at.run(...args, "spoken.safetensors", "--vocabulary", "merges.txt").status).toBe(0);
    expect(at.run(...args, "usual.safetensors", "--clip", "text.safetensors").status).toBe(0);
    const file = (name: string) => readFileSync(join(at.folder, name));
    expect(file("spoken.safetensors").equals(file("usual.safetensors"))).toBe(true);
  });
});

describe("wrong usage", () => {
  test.each([
    ["nothing at all", [], "wants a backbone"],
    ["no output", parts, "wants a backbone"],
    ["an operand", [...parts, "-o", "a.safetensors", "b.safetensors"], "b.safetensors"],
    ["a seed that is none", [...parts, "-o", "a.safetensors", "--init", "-1"], "--init"],
    ["a seed too large", [...parts, "-o", "a.safetensors", "--init", "4294967296"], "--init"],
    ["a name that is none", [...parts, "-o", "a.safetensors", "--name", ""], "--name"],
    ["a joint width that is none", [...parts, "-o", "a.safetensors", "--joint-width", "x"], "--joint-width"],
    [
      "a gate in full-reference mode",
      [...parts, "-o", "a.safetensors", "--mode", "fr", "--gate", "gated"],
      "--gate",
    ],
    [
      "a difference without reference",
      [...parts, "-o", "a.safetensors", "--difference", "smooth"],
      "--difference",
    ],
    ["a choice that there is not", [...parts, "-o", "a.safetensors", "--pool", "max"], "mean, weighted"],
  ])("%s", (_, args, said) => {
    const { status, stderr } = at.run("assemble", ...args);
    expect(stderr).toContain("[USAGE]");
    expect(stderr).toContain(said);
    expect(status).toBe(2);
  });
});
