/** The networks that are compared, the files they are in, and the pictures they are run on. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { paperConfig } from "../../../src/weights/assemble.js";
import { seededCheckpoint } from "../../../test/support/checkpoint.js";
import type { Network } from "./network.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Made once, and not for git. */
export const cacheFolder = fileURLToPath(new URL(".cache", import.meta.url));

const resnet50 = { stem: 64, width: 64, blocks: [3, 4, 6, 3] as [number, number, number, number] };

/** The width of the joint space of CLIP's RN50, the paper's. */
const jointWidth = 1024;

const sizes = [
  [224, 224],
  [384, 512],
] as const;

/** In the order in which they are measured: the quick ones first. */
export const networks: Network[] = [
  { name: "ResNet50", kind: "resnet50", height: 224, width: 224 },
  { name: "bpclip-s NR", kind: "small-nr", height: 384, width: 512 },
  { name: "bpclip-s FR", kind: "small-fr", height: 384, width: 512 },
  ...sizes.flatMap(([height, width]): Network[] => [
    { name: "BPCLIP NR", kind: "paper-nr", height, width },
    { name: "BPCLIP FR", kind: "paper-fr", height, width },
  ]),
  { name: "ResNet50", kind: "resnet50", height: 384, width: 512 },
  { name: "ResNet50", kind: "resnet50", height: 768, width: 512 },
];

/** What a network is called, with the size of its pictures. */
export function titleOf({ name, height, width }: Network): string {
  return `${name} ${height}×${width}`;
}

/** The checkpoint of a network; those of the paper's size are of seeded weights, and made at the first call. */
export function checkpointOf({ kind }: Network): string {
  if (kind === "small-nr" || kind === "small-fr") {
    return join(root, "weights", `bpclip-s-${kind.slice(-2)}.safetensors`);
  }
  const mode = kind === "paper-fr" ? "fr" : "nr";
  return made(`paper-${mode}.safetensors`, (path) =>
    writeFileSync(path, seededCheckpoint(paperConfig(resnet50, jointWidth, { mode }))),
  );
}

/**
 * The same network as an ONNX file for its size of picture, made at the first call.
 * @param python With torch and onnx, as tools/train/requirements.txt has them.
 */
export function onnxOf(network: Network, python: string): string {
  const { kind, height, width } = network;
  const checkpoint = checkpointOf(network);
  return made(`${kind}-${height}x${width}.onnx`, (out) => {
    const script = join(root, "tools/train/export_onnx.py");
    const args = ["--checkpoint", checkpoint, "--size", `${height}x${width}`, "--out", out];
    execFileSync(python, [script, ...args, ...(kind === "resnet50" ? ["--backbone"] : [])], {
      stdio: "inherit",
    });
  });
}

/** A file of the cache; renamed when whole, so that half of one is never taken for it. */
function made(name: string, write: (path: string) => void): string {
  const path = join(cacheFolder, name);
  if (existsSync(path)) return path;
  mkdirSync(cacheFolder, { recursive: true });
  write(`${path}.part`);
  renameSync(`${path}.part`, path);
  return path;
}
