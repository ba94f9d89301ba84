/** Devices that give the shaders of ./bounds.js the buffer in which they note their accesses. */
import { BufferUsage, MapMode, ShaderStage } from "../../src/runtime/constants.js";
import { checkBounds, notes } from "./bounds.js";

class BoundsWatch {
  /** By slot. */
  readonly #shaders: { name: string; accesses: string[]; made: Set<number> }[] = [];
  readonly #noted: { device: GPUDevice; buffer: GPUBuffer }[] = [];

  /** A shader with checks; devices are asked for afterwards. */
  check(name: string, shader: string): string {
    if (this.#noted.length > 0) throw new Error(`${name} comes after the first device`);
    const { code, accesses } = checkBounds(shader, this.#shaders.length);
    this.#shaders.push({ name, accesses, made: new Set() });
    return code;
  }

  /** An adapter whose devices are watched. */
  adapter(adapter: GPUAdapter): GPUAdapter {
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => this.#device(await requestDevice(descriptor));
    return adapter;
  }

  /** Accesses outside since the last call, one of each shader that has any: "add, line 12: x[i + 1], index 8 of 8". */
  async outside(): Promise<string[]> {
    const found: string[] = [];
    for (const { device, buffer } of this.#noted) {
      const words = await take(device, buffer);
      for (const [slot, { name, accesses, made }] of this.#shaders.entries()) {
        const word = (which: number) => words[slot * notes.words + which];
        for (const access of accesses.keys()) {
          if (word(notes.made + (access >> 5)) & (1 << (access % 32))) made.add(access);
        }
        if (word(notes.count) === 0) continue;
        const [access, index, length] = [notes.access, notes.index, notes.length].map(word);
        found.push(`${name}, ${accesses[access]}, index ${index} of ${length}`);
      }
    }
    return found;
  }

  /** The accesses that no dispatch has made, up to the last call of `outside`. */
  get unmade(): string[] {
    return this.#shaders.flatMap(({ name, accesses, made }) =>
      accesses.filter((_, access) => !made.has(access)).map((access) => `${name}, ${access}`),
    );
  }

  /** Adds a group of one binding, the notes, to every pipeline and every pass. */
  #device(device: GPUDevice): GPUDevice {
    const buffer = device.createBuffer({
      label: "notes",
      size: 4 * notes.words * this.#shaders.length,
      usage: BufferUsage.STORAGE | BufferUsage.COPY_SRC | BufferUsage.COPY_DST,
    });
    this.#noted.push({ device, buffer });
    const layout = device.createBindGroupLayout({
      entries: [{ binding: 0, visibility: ShaderStage.COMPUTE, buffer: { type: "storage" } }],
    });
    const createPipelineLayout = device.createPipelineLayout.bind(device);
    device.createPipelineLayout = (descriptor) =>
      createPipelineLayout({ ...descriptor, bindGroupLayouts: [...descriptor.bindGroupLayouts, layout] });

    const createCommandEncoder = device.createCommandEncoder.bind(device);
    device.createCommandEncoder = (descriptor) => {
      const encoder = createCommandEncoder(descriptor);
      const beginComputePass = encoder.beginComputePass.bind(encoder);
      encoder.beginComputePass = (descriptor) => {
        const pass = beginComputePass(descriptor);
        const setPipeline = pass.setPipeline.bind(pass);
        pass.setPipeline = (pipeline) => {
          setPipeline(pipeline);
          // Of the pipeline's own layout, since one whose layout is "auto" takes no other.
          const entries = [{ binding: 0, resource: { buffer } }];
          pass.setBindGroup(1, device.createBindGroup({ layout: pipeline.getBindGroupLayout(1), entries }));
        };
        return pass;
      };
      return encoder;
    };
    return device;
  }
}

/** The one of a test file: of its shaders, its adapters and itself. */
export const boundsWatch = new BoundsWatch();

/** The words of a buffer, which is zeroed. */
async function take(device: GPUDevice, buffer: GPUBuffer): Promise<Uint32Array> {
  const { size } = buffer;
  const staging = device.createBuffer({ size, usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
  encoder.clearBuffer(buffer);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(MapMode.READ);
  const words = new Uint32Array(staging.getMappedRange().slice(0));
  staging.destroy();
  return words;
}
