/** The line protocol between the benchmark and its engines. */
import { afterEach, describe, expect, test } from "vitest";
import { Child } from "../../tools/bench/peers/child.js";

const children: Child[] = [];

/** A process that runs this program for every line that it reads. */
function childOf(program: string): Child {
  const script = `require("node:readline").createInterface(process.stdin).on("line", (line) => { ${program} })`;
  const child = new Child({ program: process.execPath, args: ["-e", script], env: {} });
  children.push(child);
  return child;
}

afterEach(async () => {
  for (const child of children.splice(0)) await child.close();
});

describe("an engine's process", () => {
  test("is asked by lines, and lines that are no answers are passed over", async () => {
    const child = childOf(`
      console.log("a library's own words");
      console.log(JSON.stringify({ ms: line.length, cpu: 2, output: [line] }));
    `);
    expect(await child.run()).toEqual({ ms: 3, cpu: 2, output: ["run"] });
    expect(await child.stats()).toMatchObject({ output: ["stats"] });
  });

  test("knows when it was asked for", async () => {
    const child = childOf("console.log(JSON.stringify({ load: Date.now() - process.env.BENCH_SPAWNED }))");
    const { load } = await child.load();
    expect(load).toBeGreaterThanOrEqual(0);
    expect(load).toBeLessThan(60_000);
  });

  test("that fails rejects with what it says", async () => {
    const child = childOf('console.log(JSON.stringify({ error: "no adapter" }))');
    await expect(child.load()).rejects.toThrow("no adapter");
  });

  test("that ends rejects with its last words", async () => {
    const child = childOf('console.error("out of memory"); process.exit(1)');
    await expect(child.run()).rejects.toThrow("out of memory");
  });

  test("that cannot be started rejects, too", async () => {
    const child = new Child({ program: "no-such-program", args: [], env: {} });
    await expect(child.load()).rejects.toThrow("no-such-program");
  });
});
