// A source is counted and copied at the same time, of one moment each: neither is worth anything without the other.

/** What was counted. When one of the two fails, `stop` ends the other, and both have ended when this rejects. */
export async function countWhileCopying<T>(
  counting: Promise<T> | undefined,
  copying: Promise<unknown> | undefined,
  stop: AbortController,
): Promise<T | undefined> {
  try {
    return (await Promise.all([counting, copying]))[0];
  } catch (error) {
    stop.abort();
    await Promise.allSettled([copying, counting]);
    throw error;
  }
}
