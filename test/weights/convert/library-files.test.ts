/** Full-size files of the libraries, converted and run on the CPU; skipped where there is no folder of them. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { convert } from "../../../src/weights/convert/convert.js";
import { modelFiles, onCpu, readBytes, stateScore } from "./files.js";
import { at, backbones, checkBackbone, checkTower, folder, towers } from "./library-files.js";

describe.skipIf(!folder)("full-size files of the libraries on the CPU", { timeout: 3_600_000 }, () => {
  test.each(towers)("%s", async (...tower) => checkTower(tower, onCpu, { f32: 1e-5 }));

  test.each(backbones)("%s", async (name) => checkBackbone(name, onCpu, 1e-4));

  test.skipIf(!existsSync(at("state.pt")))("a training state scores as in PyTorch", async () => {
    const expected = JSON.parse(new TextDecoder().decode(readBytes(at("state.scores.json"))));
    for (const part of ["nr", "fr"] as const) {
      const { bytes } = await convert(modelFiles(at("state.pt")), { part });
      const error = Math.abs((await stateScore(bytes, part)) - expected[part]);
      console.log(`state.pt, ${part}: the score differs by ${error.toExponential(1)}`);
      expect(error).toBeLessThan(1e-4);
    }
  });
});
