/** Light or dark: the system's wish, until the user says otherwise. */

const key = "bpclip.theme";

/** Makes a button switch between light and dark, and remember it. */
export function setUpTheme(button: HTMLButtonElement): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = read();
  if (chosen) document.documentElement.dataset.theme = chosen;
  const isDark = () =>
    (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const label = () => button.setAttribute("aria-pressed", String(isDark()));
  label();
  system.addEventListener("change", label);
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    write(theme);
    label();
  });
}

function read(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    // A browser that keeps nothing for this page refuses even to be asked.
    return null;
  }
}

function write(theme: string): void {
  try {
    localStorage.setItem(key, theme);
  } catch {}
}
