// JSON whose bytes depend on the content alone: sorted keys, no white space, nothing undefined.
// Manifests and configs are written with it, so that equal images have equal digests.

/** Strings, numbers, booleans, null, arrays and plain objects; a member that is undefined is left out. */
export function formatCanonicalJson(value: unknown): string {
  return JSON.stringify(sortKeys(value));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return Object.fromEntries(entries.map(([key, member]) => [key, sortKeys(member)]));
}
