import { expect } from "vitest";
import { BpclipError } from "../../src/errors.js";

/** Expects that `act` throws, or rejects with, a BpclipError of this code with a mend; returns it. */
export async function expectCode(code: string, act: () => unknown): Promise<BpclipError> {
  let error: unknown;
  try {
    await act();
  } catch (thrown) {
    error = thrown;
  }
  if (!(error instanceof BpclipError)) throw error ?? new Error(`expected ${code}, and nothing was thrown`);
  expect(error.code, error.message).toBe(code);
  expect(error.mend).not.toBe("");
  return error;
}
