/** What is compared: something that loads a network and runs it on fixed pictures. */

/** One network in one runtime. The methods are called in this order, `run` any number of times. */
export interface Engine {
  /** What must not be timed, such as starting a browser and making the pictures. */
  prepare?(): Promise<void>;
  /** Gets the library, its device and the file. @returns The adapter's name, as far as the library tells it. */
  load(): Promise<string>;
  /** Makes the network ready to run; what a library puts off until its first run is told there. */
  compile(): Promise<void>;
  /** From the pictures to the score, or the features. */
  run(): Promise<number[]>;
  /** Bytes of buffers on the device; null where the library does not tell. */
  gpuBytes(): number | null;
  /** What it has used so far; by default, what this process has. */
  usage?(): Promise<Usage>;
  close?(): Promise<void>;
}

export interface Usage {
  /** Milliseconds of the CPU, user and system, of all threads. */
  cpu: number;
  /** Resident bytes now; null where the system does not tell. */
  rss: number | null;
}

/** The answer to "load": milliseconds since the process was started, or the page opened. */
export interface Loaded {
  adapter: string;
  load: number;
  compile: number;
}

/** The answer to "run": of one run. */
export interface Ran {
  ms: number;
  cpu: number;
  output: number[];
}

/** The answer to "stats". */
export interface Stats extends Usage {
  /** Resident bytes more than before the library was loaded. */
  rssGrowth: number | null;
  gpuBytes: number | null;
}
