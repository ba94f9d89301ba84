/** Something that is opened at its first use and kept; if that fails, the next use tries anew. */
export class Lazy<T> {
  #opened?: Promise<T>;

  constructor(private readonly open: () => Promise<T>) {}

  get(): Promise<T> {
    if (!this.#opened) {
      const opened = this.open();
      this.#opened = opened;
      opened.catch(() => this.forget());
    }
    return this.#opened;
  }

  /** Lets the next use open it anew. */
  forget(): void {
    this.#opened = undefined;
  }

  /** Disposes of what was opened, once it is. */
  async dispose(this: Lazy<{ dispose(): void }>): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    opened?.dispose();
  }
}
