/** The page: takes pictures in, has them judged, and shows what comes of it. */
import { BpclipError } from "../errors.js";
import type { Score } from "../index.js";
import { weightUrls, workerUrl } from "./assets.js";
import { Camera } from "./camera.js";
import { applyDamage, isUndamaged } from "./damage.js";
import { byId } from "./dom.js";
import { filesIn, takeDrops, takePastes } from "./intake.js";
import { Latest } from "./latest.js";
import { LoadingBar } from "./loading.js";
import { Maps } from "./maps.js";
import type { JudgedPicture, Judgement, Notice, RunsOn } from "./messages.js";
import { ModelClient } from "./model-client.js";
import { Notices } from "./notices.js";
import { keepOffline } from "./offline.js";
import { openPicture, type Picture, pictureFromBitmap } from "./picture.js";
import { ProfileBars } from "./profile-bars.js";
import { Sliders } from "./sliders.js";
import { Stage } from "./stage.js";
import { setUpTheme } from "./theme.js";
import { Verdict } from "./verdict.js";
import { Words } from "./words.js";

/** What is judged: pixels that are shown, of a picture or, in full-reference, of a pair. */
interface Subject {
  picture: Picture;
  reference: Picture | undefined;
  isUndamaged: boolean;
  pixels: ImageData;
}

const file = byId("file", HTMLInputElement);
const referenceFile = byId("reference-file", HTMLInputElement);
const measure = byId("measure", HTMLButtonElement);

const notices = new Notices(byId("notices", HTMLElement));
const loading = new LoadingBar();
const client = new ModelClient(workerUrl, { onProgress: loading.show, onNotice: tell });
const stage = new Stage();
const verdict = new Verdict();
const maps = new Maps(judgeAgain);
const sliders = new Sliders(() => spoiling.push());
const words = new Words(judgeAgain);
const profileBars = new ProfileBars();
const camera = new Camera(byId("video", HTMLVideoElement));

let picture: Picture | undefined;
/** The second picture, if the user has given one; else a picture's reference is itself, unspoilt. */
let reference: Picture | undefined;
let subject: Subject | undefined;
/** The score of the unspoilt picture, to set the others beside. */
let baseline: { picture: Picture; reference: Picture | undefined; score: Score } | undefined;

const spoiling = new Latest<void>(spoil);
const judging = new Latest<Subject>(judge);

setUpTheme(byId("theme", HTMLButtonElement));
takeDrops(openFiles);
takePastes(openFiles);
file.addEventListener("change", () => openFiles(filesIn(file)));
referenceFile.addEventListener("change", () => attempt(() => openReference(filesIn(referenceFile)[0])));
measure.addEventListener("click", () => attempt(profile));
for (const input of modeInputs()) input.addEventListener("change", refresh);
document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("button") : null;
  if (button?.dataset.do) attempt(() => act(button.dataset.do!));
  if (button?.dataset.sample) attempt(() => openSample(button));
});

/** Settles even where the model cannot be loaded; the next picture then tries again. */
const opened = attempt(async () => showWhatRuns(await client.ask("open", { weights: weightUrls })));
opened.then(() => {
  loading.hide();
  keepOffline(() => {
    byId("offline", HTMLElement).textContent =
      "Everything runs on this device, even without a network; pictures are sent nowhere.";
  });
});

/** What the buttons are for. */
async function act(what: string): Promise<void> {
  switch (what) {
    case "choose":
      return file.click();
    case "choose-reference":
      return referenceFile.click();
    case "swap":
      return swap();
    case "film":
      return film();
    case "stop":
      return stopFilming();
    case "keep":
      return keepFrame();
  }
}

/** Runs something that the user asked for; what fails is shown. */
async function attempt(task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    notices.error(error);
  }
}

/** One file is the picture; of two, the first is its reference. */
function openFiles(files: File[]): Promise<void> {
  return attempt(async () => {
    const [first, second] = files;
    if (!first) {
      throw new BpclipError("NO_PICTURE", "There was no file in that.", "Drop, paste or choose a picture.");
    }
    await opened;
    const [one, other] = await Promise.all([
      openPicture(first, first.name, client),
      second && openPicture(second, second.name, client),
    ]);
    reference = other ? one : undefined;
    showPicture(other ?? one);
    setMode(other ? "fr" : "nr");
  });
}

async function openReference(chosen: File): Promise<void> {
  reference = await openPicture(chosen, chosen.name, client);
  refresh();
}

async function openSample(button: HTMLButtonElement): Promise<void> {
  await opened;
  const image = button.querySelector("img")!;
  const response = await fetch(image.src);
  const sample = await openPicture(await response.blob(), image.alt, client);
  reference = undefined;
  showPicture(sample);
  setMode("nr");
}

function showPicture(next: Picture): void {
  picture = next;
  notices.dismiss("error");
  camera.stop();
  sliders.reset();
  show("still");
}

function swap(): void {
  if (!reference) return;
  [picture, reference] = [reference, picture];
  refresh();
}

function setMode(mode: "nr" | "fr"): void {
  for (const input of modeInputs()) input.checked = input.value === mode;
  refresh();
}

/** There is another picture or reference, or the two are to be judged otherwise. */
function refresh(): void {
  if (!picture) return;
  profileBars.clear();
  maps.clear();
  showPair(picture, referenceOf(picture));
  spoiling.push();
}

/** What a picture is judged beside, if it is. */
function referenceOf(judged: Picture): Picture | undefined {
  const isPair = modeInputs().some(({ value, checked }) => value === "fr" && checked);
  return isPair ? (reference ?? judged) : undefined;
}

/** Does to the picture what the sliders say, and has it judged. */
async function spoil(): Promise<void> {
  if (!picture) return;
  const damaged = picture;
  await attempt(async () => {
    const { damage } = sliders;
    const pixels = await applyDamage(damaged.pixels, damage);
    stage.showPicture(pixels, damaged.name);
    subject = {
      picture: damaged,
      reference: referenceOf(damaged),
      isUndamaged: isUndamaged(damage),
      pixels,
    };
    judging.push(subject);
  });
}

function showPair(damaged: Picture, beside: Picture | undefined): void {
  stage.showReference(beside?.pixels);
  byId("reference-line", HTMLElement).hidden = !beside;
  byId("swap", HTMLButtonElement).hidden = !reference;
  const isItself = beside === damaged;
  byId("reference-text", HTMLElement).textContent = isItself
    ? "The reference is the picture itself, unspoilt."
    : `The reference is ${beside?.name}.`;
  if (!beside || (beside.width === damaged.width && beside.height === damaged.height)) {
    notices.dismiss("sizes");
    return;
  }
  notices.notice(
    "sizes",
    "The two pictures differ in size.",
    `The reference (${beside.width}×${beside.height}) was resized to fit the picture (${damaged.width}×${damaged.height}); a score means more where both are of one size.`,
  );
}

/** What is shown is to be judged with other texts, or with maps. */
function judgeAgain(): void {
  if (subject && !camera.isOn) judging.push(subject);
}

async function judge(judged: Subject): Promise<void> {
  byId("busy", HTMLElement).hidden = false;
  await attempt(async () => {
    const judgement = await ask(judged.pixels, judged.reference);
    if (camera.isOn || judged.picture !== picture) return;
    if (judged.isUndamaged) baseline = { ...judged, score: judgement.score };
    showJudgement(judgement, judged.pixels, judged.isUndamaged ? undefined : baselineOf(judged));
  });
  byId("busy", HTMLElement).hidden = true;
}

function ask(pixels: JudgedPicture, beside?: Picture, transfer: Transferable[] = []): Promise<Judgement> {
  const request = {
    picture: pixels,
    reference: beside && { id: beside.id, pixels: beside.pixels },
    texts: words.texts,
    reasons: maps.isOn,
  };
  return client.ask("judge", request, transfer);
}

function baselineOf(judged: Subject): Score | undefined {
  const isSame = baseline?.picture === judged.picture && baseline.reference === judged.reference;
  return isSame ? baseline?.score : undefined;
}

function showJudgement(
  { score, reasons, texts, runsOn }: Judgement,
  size: { width: number; height: number },
  unspoilt?: Score,
): void {
  loading.hide();
  verdict.show(score, unspoilt);
  maps.show(reasons, size);
  words.show(texts);
  showWhatRuns(runsOn);
}

async function film(): Promise<void> {
  await opened;
  show("filming");
  stage.showReference(undefined);
  maps.clear();
  profileBars.clear();
  try {
    await camera.start(judgeFrame);
  } catch (error) {
    show(picture ? "still" : "empty");
    throw error;
  }
}

function judgeFrame(frame: VideoFrame | ImageBitmap): Promise<void> {
  const size =
    "displayWidth" in frame
      ? { width: frame.displayWidth, height: frame.displayHeight }
      : { width: frame.width, height: frame.height };
  stage.fit(size.width, size.height);
  return attempt(async () => {
    const judgement = await ask(frame, undefined, [frame]).catch(async (error) => {
      await stopFilming();
      throw error;
    });
    if (camera.isOn) showJudgement(judgement, size);
  });
}

async function stopFilming(): Promise<void> {
  camera.stop();
  show(picture ? "still" : "empty");
  refresh();
}

async function keepFrame(): Promise<void> {
  const kept = await pictureFromBitmap(await camera.still(), "The camera's picture", client);
  reference = undefined;
  showPicture(kept);
  setMode("nr");
}

async function profile(): Promise<void> {
  if (!subject || camera.isOn) {
    throw new BpclipError("NO_PICTURE", "There is no still picture to time.", "Open one, or keep a frame.");
  }
  measure.disabled = true;
  try {
    const { pixels, reference: beside } = subject;
    const pair = { picture: pixels, reference: beside && { id: beside.id, pixels: beside.pixels } };
    profileBars.show(await client.ask("profile", pair));
  } finally {
    measure.disabled = false;
  }
}

function show(view: "empty" | "still" | "filming"): void {
  const wasEmpty = document.body.dataset.view === "empty";
  document.body.dataset.view = view;
  // The button that had the focus is gone.
  if (wasEmpty && view !== "empty") byId("main", HTMLElement).focus({ preventScroll: true });
}

function showWhatRuns({ executor, adapter, bytes }: RunsOn): void {
  const place = byId("runs-on", HTMLElement);
  place.textContent = executor === "cpu" ? "CPU" : `WebGPU · ${adapter}`;
  place.title = executor === "cpu" ? "The CPU runs the model" : `${adapter}; ${megabytes(bytes)} of buffers`;
  place.dataset.executor = executor;
  place.dataset.bytes = String(bytes);
}

function tell(notice: Notice): void {
  const [message, detail] = {
    cpu: [
      "No GPU can be used, so the CPU does the work.",
      "The scores are the same, and take many times longer. For the GPU, take a current browser, over https, with hardware acceleration switched on in its settings.",
    ],
    recovered: [
      "The GPU was lost for a moment.",
      "The model was loaded anew, and your picture judged again; there is nothing for you to do.",
    ],
  }[notice];
  notices.notice(notice, message, detail);
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

function modeInputs(): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>('input[name="mode"]')];
}
