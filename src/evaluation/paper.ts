/** What the paper reports of data sets (PLCC and SRCC), to stand beside what was measured. */
import type { Mode } from "../api/model.js";

export interface PaperRow {
  method: string;
  plcc: number;
  srcc: number;
}

const results: Record<string, Partial<Record<Mode | "official", PaperRow[]>>> = {
  live: {
    fr: [
      { method: "TOPIQ", plcc: 0.982, srcc: 0.981 },
      { method: "BPCLIP", plcc: 0.985, srcc: 0.985 },
      { method: "BPCLIP, trained on KADID-10k", plcc: 0.961, srcc: 0.975 },
    ],
  },
  csiq: {
    fr: [
      { method: "TOPIQ", plcc: 0.979, srcc: 0.976 },
      { method: "BPCLIP", plcc: 0.982, srcc: 0.982 },
      { method: "BPCLIP, trained on KADID-10k", plcc: 0.965, srcc: 0.97 },
    ],
  },
  tid2013: {
    fr: [
      { method: "TOPIQ", plcc: 0.956, srcc: 0.953 },
      { method: "BPCLIP", plcc: 0.969, srcc: 0.967 },
      { method: "BPCLIP, trained on KADID-10k", plcc: 0.922, srcc: 0.918 },
    ],
  },
  kadid10k: {
    fr: [
      { method: "TOPIQ", plcc: 0.96, srcc: 0.956 },
      { method: "BPCLIP", plcc: 0.964, srcc: 0.963 },
    ],
  },
  clive: {
    nr: [
      { method: "TOPIQ", plcc: 0.88, srcc: 0.842 },
      { method: "BPCLIP", plcc: 0.883, srcc: 0.847 },
    ],
  },
  koniq10k: {
    nr: [
      { method: "TOPIQ", plcc: 0.935, srcc: 0.922 },
      { method: "BPCLIP", plcc: 0.939, srcc: 0.928 },
    ],
    official: [
      { method: "TOPIQ", plcc: 0.939, srcc: 0.926 },
      { method: "BPCLIP", plcc: 0.945, srcc: 0.932 },
    ],
  },
  spaq: {
    nr: [
      { method: "TOPIQ", plcc: 0.917, srcc: 0.914 },
      { method: "BPCLIP", plcc: 0.923, srcc: 0.92 },
    ],
  },
};

/** The paper's rows for a data set; none where it has none. */
export function paperRows(dataset: string, mode: Mode, official: boolean): readonly PaperRow[] {
  return results[dataset]?.[official ? "official" : mode] ?? [];
}
