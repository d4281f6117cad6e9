// The shape of a masking policy as an artifact carries it; the types are in masking-policy.ts.
import { z } from 'zod';
import { FAKE_KINDS, LOCALES, type MaskingPolicy } from './masking-policy.ts';

const value = z.union([z.string(), z.number(), z.boolean()]);
const fake = z.object({ kind: z.literal('fake'), what: z.enum(FAKE_KINDS) });
const fixed = z.object({ kind: z.literal('value'), value });
const empty = z.object({ kind: z.literal('null') });
const hash = z.object({ kind: z.literal('hash') });

const MASK = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('keep') }),
  z.object({ kind: z.literal('shuffle') }),
  empty,
  hash,
  fixed,
  fake,
  z.object({
    kind: z.literal('json'),
    paths: z.array(
      z.object({
        path: z.array(z.string()),
        mask: z.discriminatedUnion('kind', [empty, hash, fixed, fake]),
      }),
    ),
  }),
  z.object({ kind: z.literal('search'), config: z.string(), columns: z.array(z.string()) }),
]);

const COLUMNS = z.array(z.object({ name: z.string(), mask: MASK, line: z.int() }));

/** Strict: a word that this version does not know could be one that it must obey. */
export const MASKING_POLICY_SHAPE: z.ZodType<MaskingPolicy> = z.strictObject({
  file: z.string(),
  seed: z.string().optional(),
  locale: z.enum(LOCALES),
  tables: z.array(
    z.strictObject({
      name: z.string(),
      action: z.enum(['mask', 'truncate', 'foreign']),
      dropRows: z.string().optional(),
      columns: COLUMNS,
      line: z.int(),
    }),
  ),
  columns: COLUMNS,
  largeObjects: z.enum(['keep', 'unlink']).optional(),
  otherDatabases: z.record(z.string(), z.enum(['keep', 'drop'])),
});
