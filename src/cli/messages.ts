/** What goes to stderr: one line for each error, warning and notice. */
import { BpclipError } from "../errors.js";
import { printable } from "./style.js";

/** An error as a user and a program should see it. What was not thrown on purpose has the code INTERNAL. */
export function describeError(error: unknown): { code: string; message: string; mend: string } {
  if (error instanceof BpclipError) {
    const { code, message, mend } = error;
    return { code, message: printable(message), mend: printable(mend) };
  }
  const message = printable(error instanceof Error ? error.message || error.name : String(error));
  return { code: "INTERNAL", message, mend: "Run it again with --debug for the stack trace, and report it." };
}

/**
 * Prints `bpclip: <about>: <message> [CODE] <mend>`.
 * @param about The file that it is about, if it is about one.
 * @param debug Adds the stack trace.
 */
export function printError(error: unknown, { about, debug }: { about?: string; debug?: boolean }): void {
  const { code, message, mend } = describeError(error);
  // Some messages begin with the file's name themselves.
  const name = about === undefined ? "" : `${printable(about)} `;
  const rest = message.startsWith(name) ? message.slice(name.length) : message;
  printMessage(`${rest} [${code}] ${mend}`, about);
  if (!debug || !(error instanceof Error)) return;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    process.stderr.write(`${cause === error ? "" : "caused by "}${cause.stack}\n`);
  }
}

export function printMessage(message: string, about?: string): void {
  process.stderr.write(
    `bpclip: ${about === undefined ? "" : `${printable(about)}: `}${printable(message)}\n`,
  );
}
