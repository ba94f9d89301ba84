import { loadModel } from "bpclip";
// Built with the loader `{ ".safetensors": "file" }`, which copies the files and gives their addresses.
import fr from "bpclip/weights/bpclip-s-fr.safetensors";
import nr from "bpclip/weights/bpclip-s-nr.safetensors";
import text from "bpclip/weights/bpclip-s-text.safetensors";

const model = await loadModel({ nr, fr, text });
const { score } = await model.score("photo.png");
document.querySelector("output").textContent = score.toFixed(3);
model.dispose();
