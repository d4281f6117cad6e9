// The same file lies in other places on other distributions.
import { access } from 'node:fs/promises';

export async function findFirstFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}
