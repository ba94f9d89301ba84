/** `bpclip convert` writes the whole file or none, and says in one line what is wrong. */
import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSafetensors } from "../../src/weights/safetensors.js";
import { openTextCheckpoint } from "../../src/weights/text-checkpoint.js";
import { Workplace } from "./run.js";

const at = new Workplace();
const files = fileURLToPath(new URL("../weights/convert/files/", import.meta.url));
const path = (name: string) => join(at.folder, name);
const read = (name: string) => readSafetensors(new Uint8Array(readFileSync(path(name))));

beforeAll(() => {
  for (const name of ["openai.pt", "merges.txt", "open-clip.safetensors"]) {
    copyFileSync(join(files, name), path(name));
  }
  cpSync(join(files, "hf-model"), path("hf-model"), { recursive: true });
  const resnet = gunzipSync(readFileSync(join(files, "resnet.pth.gz")));
  at.write({
    "resnet.pth": resnet,
    "truncated.pth": resnet.subarray(0, resnet.length / 2),
    "there.safetensors": "x",
  });
});
afterAll(() => at.remove());

test("a file, with its vocabulary", () => {
  const line = "convert openai.pt -o tower.safetensors --vocabulary merges.txt --heads 2 --dtype f16";
  const { status, stdout, stderr } = at.run(...line.split(" "));
  expect(stderr).toMatch(
    /^bpclip: tower\.safetensors: a text tower from OpenAI CLIP: 29 tensors, f16, 0\.\d+ MB\n/,
  );
  expect(stderr).toMatch(/not used: logit_scale, .*visual\.\* \(20\)/);
  expect(stdout).toBe("");
  expect(status).toBe(0);
  const tower = openTextCheckpoint(new Uint8Array(readFileSync(path("tower.safetensors"))));
  expect(tower.config).toMatchObject({ heads: 2, activation: "quickGelu" });
});

test("a folder, as JSON", () => {
  const { status, stdout, stderr } = at.run("convert", "hf-model", "-o", "hf.safetensors", "--json");
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toMatchObject({
    source: "Hugging Face CLIP",
    made: "text tower",
    file: "hf.safetensors",
    bytes: readFileSync(path("hf.safetensors")).length,
    notes: [],
  });
  expect(read("hf.safetensors").metadata).toMatchObject({ convention: "huggingFace" });
  expect(status).toBe(0);
});

test("--list tells the kind and the tensors, and writes nothing", () => {
  const before = readdirSync(at.folder);
  const { status, stdout } = at.run("convert", "resnet.pth", "--list");
  expect(stdout).toMatch(/^resnet\.pth: a ResNet; \d+ tensors, \d/);
  expect(stdout).toContain("  F16   state_dict.conv1.weight [64, 3, 7, 7]\n");
  expect(status).toBe(0);
  const json = JSON.parse(at.run("convert", "open-clip.safetensors", "--list", "--json").stdout);
  expect(json).toMatchObject({ kind: "open_clip", files: ["open-clip.safetensors"] });
  expect(json.tensors).toContainEqual({ name: "ln_final.weight", dtype: "F16", shape: [4], bytes: 8 });
  expect(readdirSync(at.folder)).toEqual(before);
});

test("a file that is there is replaced only by --force", () => {
  const refused = at.run("convert", "resnet.pth", "-o", "there.safetensors");
  expect(refused.stderr).toMatch(/\[OUTPUT_EXISTS\]/);
  expect(refused.status).toBe(1);
  expect(readFileSync(path("there.safetensors"), "utf8")).toBe("x");
  expect(at.run("convert", "resnet.pth", "-o", "there.safetensors", "--force").status).toBe(0);
  expect(JSON.parse(read("there.safetensors").metadata.resnet)).toMatchObject({ stem: 64 });
});

test("the input is never overwritten", () => {
  const before = readFileSync(path("resnet.pth"));
  for (const output of ["resnet.pth", "./hf-model/../resnet.pth"]) {
    expect(at.run("convert", "resnet.pth", "-o", output, "--force").stderr).toMatch(/\[OUTPUT_INPUT\]/);
  }
  const shard = "hf-model/model-00001-of-00002.safetensors";
  expect(at.run("convert", "hf-model", "-o", shard, "--force").stderr).toMatch(/\[OUTPUT_INPUT\]/);
  expect(readFileSync(path("resnet.pth"))).toEqual(before);
});

describe("what fails is one line, and leaves no file", () => {
  test.each([
    ["convert truncated.pth -o out.safetensors", "WEIGHTS_[A-Z]+", 1],
    ["convert nowhere.pt -o out.safetensors", "WEIGHTS_FILE", 1],
    ["convert merges.txt -o out.safetensors", "WEIGHTS_NOT_TORCH", 1],
    ["convert open-clip.safetensors -o out.safetensors --heads 2", "INPUT_TOWER", 1],
    ["convert resnet.pth -o nowhere/out.safetensors", "OUTPUT_FILE", 1],
    ["convert resnet.pth -o out.safetensors --part nr", "INPUT_PART", 1],
    ["convert resnet.pth", "USAGE", 2],
    ["convert", "USAGE", 2],
    ["convert resnet.pth -o out.safetensors --heads none", "USAGE", 2],
    ["convert resnet.pth -o out.safetensors --dtype f15", "USAGE", 2],
    ["convert resnet.pth -o out.safetensors --list", "USAGE", 2],
  ])("%s", (line, code, expected) => {
    const before = readdirSync(at.folder);
    const { status, stdout, stderr } = at.run(...line.split(" "));
    expect(stderr).toMatch(new RegExp(`^bpclip: [^\\n]+ \\[${code}\\] [^\\n]+\\n$`));
    expect(stdout).toBe("");
    expect(status).toBe(expected);
    expect(readdirSync(at.folder)).toEqual(before);
    expect(existsSync(path("out.safetensors"))).toBe(false);
  });
});
