/** Pictures that come by drag and drop, by paste, or by a file input. */

type Take = (files: File[]) => void;

/** Takes what is dropped anywhere on the page. */
export function takeDrops(take: Take): void {
  const isDragging = (on: boolean) => document.body.classList.toggle("is-dragging", on);
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    isDragging(true);
  });
  document.addEventListener("dragleave", ({ relatedTarget }) => {
    // Moving from one element to the next leaves the first.
    if (!relatedTarget) isDragging(false);
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    isDragging(false);
    take([...(event.dataTransfer?.files ?? [])]);
  });
}

/** Takes pictures that are pasted; pasted text is left to its field. */
export function takePastes(take: Take): void {
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    take(files);
  });
}

/** The files of an input, which is emptied so that the same ones can be chosen again. */
export function filesIn(input: HTMLInputElement): File[] {
  const files = [...(input.files ?? [])];
  input.value = "";
  return files;
}
