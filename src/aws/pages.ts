// Reads lists that AWS gives page by page, so that no more than one page of answers is held at a time.
import { callAws } from './errors.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Undefined or empty: the last page. */
  readonly marker: string | undefined;
}

/** `doing` is a clause such as `listing clusters`. */
export async function* readPages<T>(
  doing: string,
  readPage: (marker: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<T> {
  let marker: string | undefined;
  do {
    const page = await callAws(doing, async () => await readPage(marker));
    yield* page.items;
    marker = page.marker;
  } while (marker);
}

export async function collectAll<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
