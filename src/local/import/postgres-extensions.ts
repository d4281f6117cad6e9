// Extensions that a source needs and this machine may not have: named all at once, before anything is made.
import { FactoryError } from '../../errors.ts';
import type { Engine } from '../engine/engine.ts';

export async function checkExtensions(
  engine: Engine,
  needed: readonly string[],
  skipped: readonly string[],
): Promise<void> {
  const available = await engine.listExtensions();
  const missing = [...new Set(needed)].filter((name) => !available.includes(name) && !skipped.includes(name));
  if (missing.length === 0) return;
  const message = `${missing.length} ${missing.length === 1 ? 'extension' : 'extensions'} of the source cannot be had with PostgreSQL ${engine.version}`;
  throw new FactoryError('NOT_SUPPORTED', message, {
    problems: missing.map((name) => `extension ${name}`),
    hint: 'Install them beside that PostgreSQL, or leave them out: --skip-extension NAME; what needs them must go, too.',
  });
}
