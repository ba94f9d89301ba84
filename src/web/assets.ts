/** Addresses of what the page loads after itself. */

interface Assets {
  worker: string;
  weights: { nr: string; fr: string; text: string };
}

/** Put here by tools/build-page.mjs, which names every file by its content; relative to the page. */
declare const ASSETS: Assets;

const absolute = (path: string) => new URL(path, document.baseURI).href;

export const workerUrl = absolute(ASSETS.worker);

export const weightUrls = {
  nr: absolute(ASSETS.weights.nr),
  fr: absolute(ASSETS.weights.fr),
  text: absolute(ASSETS.weights.text),
};
