/** Numbers with the prefixes of the SI. */
const prefixes = ["", "k", "M", "G", "T", "P"];

/** Three digits and a prefix, to be followed by a unit: "41.3 G". Values below one have none. */
export function si(value: number): string {
  const power = Math.max(0, Math.min(Math.floor(Math.log10(value) / 3), prefixes.length - 1));
  const scaled = Number((value / 1000 ** power).toPrecision(3));
  return `${scaled} ${prefixes[power]}`;
}
