/**
 * How many neighbouring channels a kernel takes at a time: 4, by the shader of that name with `_vec4` after it, where 4
 * divides all of the counts; else 1. On software adapters, which pay by the load, that is four times as fast.
 */
export function vectorWidth(...counts: readonly number[]): 1 | 4 {
  return counts.every((count) => count % 4 === 0) ? 4 : 1;
}
