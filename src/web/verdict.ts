/** What the model says of the picture: score, dimensions, and the adjectives that apply most. */
import type { AdjectiveReading, Score } from "../index.js";
import { pairs } from "../text/vocabulary.js";
import { bar, byId, element } from "./dom.js";
import { Radar } from "./radar.js";

/** The five categories of ITU-R BT.500, in equal parts of 0..1. */
const grades = ["Bad", "Poor", "Fair", "Good", "Excellent"];

const modes = { nr: "on its own · no-reference", fr: "beside a reference · full-reference" };

const shownAdjectives = 5;

/** A screen reader is told the score when it has stood still for so long, in milliseconds. */
const settleTime = 800;

const positives = new Set(pairs.map(({ positive }) => positive));

export class Verdict {
  readonly #radar = new Radar(byId("radar", HTMLElement));
  readonly #score = byId("score", HTMLOutputElement);
  readonly #grade = byId("grade", HTMLElement);
  #announcing: ReturnType<typeof setTimeout> | undefined;

  /** @param baseline The same of the undamaged picture, if this one is damaged. */
  show(score: Score, baseline?: Score): void {
    const grade = gradeOf(score.score);
    const number = score.score.toFixed(2).replace("-", "−");
    this.#score.textContent = number;
    this.#score.dataset.value = String(score.score);
    this.#grade.textContent = grade;
    this.#grade.dataset.tone = grades.indexOf(grade) < 2 ? "bad" : "good";
    byId("badge", HTMLElement).textContent = `${number} ${grade}`;
    byId("mode-name", HTMLElement).textContent = modes[score.mode];
    byId("gauge-mark", HTMLElement).style.setProperty("--share", String(clamp(score.score)));
    byId("score-note", HTMLElement).textContent = noteOf(score, baseline);
    this.#radar.show(score.dimensions, baseline?.dimensions);
    this.#list("wrong", score.adjectives, false);
    this.#list("right", score.adjectives, true);
    this.#announce(`Quality ${score.score.toFixed(2)}, ${grade.toLowerCase()}, ${modes[score.mode]}.`);
  }

  #list(id: string, adjectives: readonly AdjectiveReading[], isGood: boolean): void {
    const strongest = adjectives
      .filter(({ word, value }) => positives.has(word) === isGood && value > 0.5)
      .sort((a, b) => b.value - a.value)
      .slice(0, shownAdjectives);
    const items = strongest.map(({ word, dimension, value }) =>
      element(
        "li",
        { title: `${dimension}: ${value.toFixed(2)}` },
        element("span", { class: "bar-name" }, word),
        bar(value, isGood ? "good" : "bad"),
        element("span", { class: "bar-value" }, value.toFixed(2)),
      ),
    );
    const list = byId(id, HTMLElement);
    const none = element("li", { class: "quiet" }, "Nothing stands out.");
    list.replaceChildren(...(items.length > 0 ? items : [none]));
  }

  #announce(sentence: string): void {
    clearTimeout(this.#announcing);
    this.#announcing = setTimeout(() => {
      byId("announcement", HTMLElement).textContent = sentence;
    }, settleTime);
  }
}

function gradeOf(score: number): string {
  return grades[Math.min(Math.floor(clamp(score) * grades.length), grades.length - 1)];
}

function noteOf({ score, ms }: Score, baseline: Score | undefined): string {
  const time = ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
  if (!baseline) return `Judged in ${time}.`;
  const change = score - baseline.score;
  const sign = change < 0 ? "−" : "+";
  return `${sign}${Math.abs(change).toFixed(2)} beside the unspoilt picture (dashed). Judged in ${time}.`;
}

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
