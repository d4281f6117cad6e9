// Word lists for fakes, taken from @faker-js/faker's locales, which are loaded only when something is masked.
// Lists are sorted and without repetition, so that the same version of this tool gives the same fakes.
import type { Faker } from '@faker-js/faker';
import type { Locale } from '../../artifact/masking-policy.ts';

export const WORD_LISTS = [
  'first',
  'last',
  'city',
  'street',
  'state',
  'country',
  'company',
  'job',
  'text',
] as const;
export type WordList = (typeof WORD_LISTS)[number];

export type Words = Readonly<Record<WordList, readonly string[]>>;

export async function loadWords(locale: Locale): Promise<Words> {
  const definitions = await loadDefinitions(locale);
  const english = locale === 'en' ? definitions : await loadDefinitions('en');
  const pick = (find: (of: Definitions) => unknown): readonly string[] => {
    const own = collectTexts(find(definitions));
    return own.length > 0 ? own : collectTexts(find(english));
  };
  const last = pick(({ person }) => person?.last_name);
  return {
    first: pick(({ person }) => person?.first_name),
    last,
    city: pick(({ location }) => location?.city_name),
    street: pickStreets(definitions, english, last),
    state: pick(({ location }) => location?.state),
    country: pick(({ location }) => location?.country),
    company: pick(({ company }) => company?.legal_entity_type),
    job: pick(({ person }) => person?.job_type),
    text: pick(({ lorem }) => lorem?.word),
  };
}

type Definitions = Faker['rawDefinitions'];

async function loadDefinitions(locale: Locale): Promise<Definitions> {
  return (await loadFaker(locale)).rawDefinitions;
}

/** Spelled out, so that a bundler finds the four locales and no others. */
async function loadFaker(locale: Locale): Promise<Faker> {
  if (locale === 'de') return (await import('@faker-js/faker/locale/de')).faker;
  if (locale === 'es') return (await import('@faker-js/faker/locale/es')).faker;
  if (locale === 'fr') return (await import('@faker-js/faker/locale/fr')).faker;
  return (await import('@faker-js/faker/locale/en')).faker;
}

/** Some locales list streets, others have suffixes that follow a last name. */
function pickStreets(
  definitions: Definitions,
  english: Definitions,
  last: readonly string[],
): readonly string[] {
  const listed = collectTexts(definitions.location?.street_name);
  if (listed.length > 100) return listed;
  const suffixes = collectTexts(english.location?.street_suffix);
  return last.map((name, index) => `${name} ${suffixes[index % suffixes.length]}`);
}

/** A definition is a list, or lists by gender; entries with `{{...}}` are patterns, not words. */
function collectTexts(definition: unknown): readonly string[] {
  if (definition === null || definition === undefined) return [];
  if (typeof definition !== 'object') return [];
  const texts = Object.values(definition).flatMap((entry: unknown): readonly string[] => {
    return typeof entry === 'string' ? [entry] : collectTexts(entry);
  });
  return [...new Set(texts.filter((text) => !text.includes('{{')))].sort();
}

/** What of a word can stand in an e-mail address. */
export function formatSlug(word: string): string {
  const ascii = word.normalize('NFD').replace(/[^A-Za-z0-9]/g, '');
  return ascii.toLowerCase().slice(0, 12) || 'x';
}
