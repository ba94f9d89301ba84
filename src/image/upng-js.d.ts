/** What is used of upng-js 2.1, which has no types of its own. */
declare module "upng-js" {
  const UPNG: {
    decode: {
      /**
       * Undoes the row filters of `height` filtered rows of `width` pixels from byte `offset` on, in place: the rows
       * then follow each other from `offset` without their filter bytes.
       */
      _filterZero(
        data: Uint8Array,
        format: { ctype: number; depth: number },
        offset: number,
        width: number,
        height: number,
      ): Uint8Array;
    };
  };
  export default UPNG;
}
