// Streams of bytes: one piece, a later part, pieces of an even size.

export async function* yieldOnce(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** All but the first `count` bytes, which are read all the same. */
export async function* skipBytes(
  chunks: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    const skipped = Math.min(left, chunk.length);
    left -= skipped;
    if (skipped < chunk.length) yield chunk.subarray(skipped);
  }
}

/** The last piece may be shorter. `spare`: where the reader lays pieces that it has done with, to be filled again. */
export async function* cutEvenly(
  chunks: AsyncIterable<Uint8Array>,
  sizeBytes: number,
  spare: Uint8Array[] = [],
): AsyncGenerator<Uint8Array> {
  let piece: Uint8Array | undefined;
  let filledBytes = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      piece ??= spare.pop() ?? Buffer.allocUnsafeSlow(sizeBytes);
      const taken = chunk.subarray(at, at + sizeBytes - filledBytes);
      piece.set(taken, filledBytes);
      filledBytes += taken.length;
      at += taken.length;
      if (filledBytes < sizeBytes) continue;
      yield piece;
      piece = undefined;
      filledBytes = 0;
    }
  }
  if (piece !== undefined) yield piece.subarray(0, filledBytes);
}
