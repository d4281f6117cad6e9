// Waits for a condition with a deadline; never for a time.

export async function waitFor(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  deadlineMs = 120_000,
  pauseMs = 3,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited ${deadlineMs / 1000} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
