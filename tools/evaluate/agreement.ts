/** How well a measure of quality agrees with the target, and how well it ranks ladders of strengths. */
import { krcc, plcc, rmse, srcc } from "../../src/metrics/correlation.js";
import { bootstrap, groupBy, mean } from "../../src/metrics/statistics.js";
import type { Judgements } from "./result-log.js";
import type { EvaluationSet, Picture } from "./set.js";
import { share } from "./statistics.js";

export type Judged = Picture & Judgements;
export type Mode = "nr" | "fr";

export const modes = ["nr", "fr"] as const;

/** What a measure says of a picture; higher is better, NaN where it says nothing. */
export type Measure = (picture: Judged) => number;

/** The model's two scores, and others' for the same tasks; those that rise with damage have their signs turned. */
export const measures: Record<string, { mode: Mode; measure: Measure }> = {
  "bpclip NR": { mode: "nr", measure: ({ nr }) => nr.score },
  BRISQUE: { mode: "nr", measure: ({ brisque }) => -(brisque ?? Number.NaN) },
  NIQE: { mode: "nr", measure: ({ niqe }) => -(niqe ?? Number.NaN) },
  "bpclip FR": { mode: "fr", measure: ({ fr }) => fr.score },
  PSNR: { mode: "fr", measure: ({ psnr }) => psnr },
  SSIM: { mode: "fr", measure: ({ ssim }) => ssim },
  "MS-SSIM": { mode: "fr", measure: ({ msSsim }) => msSsim },
};

/** The names of `measures` that are the model's. */
export const ours: Record<Mode, string> = { nr: "bpclip NR", fr: "bpclip FR" };

export const target: Measure = (picture) => picture.target;

/** One photograph under one distortion, by rising strength. */
export interface Ladder {
  photograph: string;
  distortion: string;
  pristine: Judged;
  rungs: Judged[];
}

export function laddersOf(pictures: readonly Judged[]): Ladder[] {
  const pristine = new Map(
    pictures.filter(({ distortion }) => distortion === null).map((picture) => [picture.photograph, picture]),
  );
  const groups = groupBy(distorted(pictures), ({ photograph, distortion }) => `${photograph}\n${distortion}`);
  return [...groups.values()].map((rungs) => ({
    photograph: rungs[0].photograph,
    distortion: rungs[0].distortion!,
    pristine: pristine.get(rungs[0].photograph)!,
    rungs: rungs.sort((a, b) => a.strength - b.strength),
  }));
}

/** SRCC of the measure with minus the strength over the rungs; 0 where the measure tells none from another. */
export function ladderSrcc({ rungs }: Ladder, measure: Measure): number {
  const value = srcc(
    rungs.map(measure),
    rungs.map(({ strength }) => -strength),
  );
  return Number.isNaN(value) ? 0 : value;
}

/** A ladder with one pair of neighbours swapped has 0.9, or a rounding error less. */
const fair = 0.9 - 1e-9;

export interface Agreement {
  /** Distorted pictures that the measure says something of. */
  count: number;
  srcc: number;
  /** 95 % interval of the SRCC, over photographs. */
  interval: [low: number, high: number];
  plcc: number;
  krcc: number;
  /** In the target's unit. */
  rmse: number;
  /** SRCC of the ladders, and the share of them below 0.9. */
  ladder: { mean: number; least: number; below: number };
  /** Share of ladders whose pristine is above all the rungs. */
  top: number;
  pristine: { mean: number; least: number };
}

/** undefined where the measure says nothing of this set. */
export function agreementOf(pictures: readonly Judged[], measure: Measure): Agreement | undefined {
  const known = pictures.filter((picture) => !Number.isNaN(measure(picture)));
  const damaged = distorted(known);
  if (damaged.length === 0) return undefined;
  const [values, targets] = [damaged.map(measure), damaged.map(target)];
  const pristine = known.filter(({ distortion }) => distortion === null).map(measure);
  const ladders = laddersOf(known).filter((ladder) => ladder.pristine);
  const ranks = ladders.map((ladder) => ladderSrcc(ladder, measure));
  return {
    count: damaged.length,
    srcc: srcc(values, targets),
    interval: bootstrap(photographsOf(damaged), (drawn) => srccWithTarget(drawn.flat(), measure)),
    plcc: plcc(values, targets),
    krcc: krcc(values, targets),
    rmse: rmse(values, targets),
    ladder: { mean: mean(ranks), least: Math.min(...ranks), below: share(ranks, (rank) => rank < fair) },
    top: share(ladders, (ladder) => ladder.rungs.every((rung) => measure(rung) < measure(ladder.pristine))),
    pristine: { mean: mean(pristine), least: Math.min(...pristine) },
  };
}

export interface Margin {
  /** The measure of the same task with the best SRCC. */
  against: string;
  /** Our SRCC less its. */
  srcc: number;
  /** 95 % interval of that, both on the same drawn photographs. */
  interval: [low: number, high: number];
  /** Our mean ladder SRCC less the best of the others', and whose that is. */
  ladder: number;
  ladderAgainst: string;
}

/** How far our score of a mode is above the best of the others; undefined where there are none. */
export function marginOf(
  pictures: readonly Judged[],
  agreements: Record<string, Agreement>,
  mode: Mode,
): Margin | undefined {
  const others = Object.keys(agreements).filter(
    (name) => measures[name].mode === mode && name !== ours[mode],
  );
  if (others.length === 0) return undefined;
  const best = (of: (agreement: Agreement) => number) =>
    others.reduce((a, b) => (of(agreements[b]) > of(agreements[a]) ? b : a));
  const against = best(({ srcc }) => srcc);
  const ladderAgainst = best(({ ladder }) => ladder.mean);
  const [our, their] = [measures[ours[mode]].measure, measures[against].measure];
  const known = distorted(pictures).filter((picture) => !Number.isNaN(their(picture)));
  const difference = (drawn: Judged[]) => srccWithTarget(drawn, our) - srccWithTarget(drawn, their);
  return {
    against,
    srcc: difference(known),
    interval: bootstrap(photographsOf(known), (drawn) => difference(drawn.flat())),
    ladder: agreements[ours[mode]].ladder.mean - agreements[ladderAgainst].ladder.mean,
    ladderAgainst,
  };
}

/** Of a family or a distortion. */
export interface PartAgreement {
  /** SRCC with the target over all its pictures, and the mean over its ladders. */
  srcc: number;
  ladder: number;
}

export function partAgreement(pictures: readonly Judged[], measure: Measure): PartAgreement {
  return {
    srcc: srccWithTarget(distorted(pictures), measure),
    ladder: mean(laddersOf(pictures).map((ladder) => ladderSrcc(ladder, measure))),
  };
}

/** A mean of the measure, and its deviation, at the pristine and at each strength. */
export interface Steps {
  mean: number;
  deviation: number;
}

/** The pictures of one distortion by strength, the pristine ones first. */
export function steps(pictures: readonly Judged[], distortion: string): Judged[][] {
  const members = pictures.filter(
    (picture) => picture.distortion === null || picture.distortion === distortion,
  );
  return [...groupBy(members, ({ strength }) => strength)]
    .sort(([a], [b]) => a - b)
    .map(([, group]) => group);
}

/** The pictures of some distortions with the pristine ones. */
export function only(pictures: readonly Judged[], distortions: readonly string[]): Judged[] {
  return pictures.filter(({ distortion }) => distortion === null || distortions.includes(distortion));
}

/** The distortions of a set that its pictures show, in the set's order. */
export function distortionsOf(
  { families }: Pick<EvaluationSet, "families">,
  pictures: readonly Judged[],
): string[] {
  const shown = new Set(pictures.map(({ distortion }) => distortion));
  return Object.values(families)
    .flat()
    .filter((distortion) => shown.has(distortion));
}

function distorted(pictures: readonly Judged[]): Judged[] {
  return pictures.filter(({ distortion }) => distortion !== null);
}

function photographsOf(pictures: readonly Judged[]): Judged[][] {
  return [...groupBy(pictures, ({ photograph }) => photograph).values()];
}

function srccWithTarget(pictures: readonly Judged[], measure: Measure): number {
  return srcc(pictures.map(measure), pictures.map(target));
}
