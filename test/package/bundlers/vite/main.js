import { loadModel } from "bpclip";

const model = await loadModel();
const { score } = await model.score("photo.png");
document.querySelector("output").textContent = score.toFixed(3);
model.dispose();
