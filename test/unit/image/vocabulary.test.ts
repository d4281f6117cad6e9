// The image half serves any image: it must stay free of what this product puts into one.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../../src/image');
const FOREIGN_WORDS = /\b(databases?|clusters?|aws|aurora|rds|postgres\w*)\b/i;

test('src/image names no database, no cluster and no cloud', () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const lines = files.flatMap((file) => {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    return text.split('\n').map((line, i) => `${file}:${i + 1}: ${line}`);
  });
  expect(lines.filter((line) => FOREIGN_WORDS.test(line))).toEqual([]);
});
