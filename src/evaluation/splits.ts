/** Agreement over several splits of a data set, as papers report it: its mean and deviation. */
import { type MeasureName, measureNames, measuresOf, type Rated } from "../metrics/agreement.js";
import { mean, quantile } from "../metrics/statistics.js";

/** A measure over splits. */
export interface Spread {
  mean: number;
  /** The standard deviation of a sample: n − 1 in the divisor. */
  deviation: number;
  median: number;
  /** In the order of the splits. */
  values: number[];
}

/** @param splits What was judged of each split's part; two at least. */
export function agreementOverSplits(splits: readonly (readonly Rated[])[]): Record<MeasureName, Spread> {
  const measured = splits.map(measuresOf);
  const spreads = measureNames.map((name) => [name, spreadOf(measured.map((values) => values[name]))]);
  return Object.fromEntries(spreads) as Record<MeasureName, Spread>;
}

function spreadOf(values: number[]): Spread {
  const middle = mean(values);
  const squares = values.map((value) => (value - middle) ** 2);
  const deviation = Math.sqrt((mean(squares) * values.length) / (values.length - 1));
  return { mean: middle, deviation, median: quantile(values, 0.5), values };
}
