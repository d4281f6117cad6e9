// DescribeEvents: what happened to clusters and instances in the last 14 days.
import { invalidCombination, invalidValue } from '../faults.ts';
import { xmlList } from '../http/xml.ts';
import { type Input, integer, list, text, time } from '../parameters.ts';
import type { EventRecord } from '../records.ts';
import { makeAction } from './action.ts';
import { FILTERS, filterItems } from './filters.ts';
import { PAGING, readPage } from './paging.ts';

const PARAMETERS = {
  SourceIdentifier: text,
  SourceType: text,
  StartTime: time,
  EndTime: time,
  Duration: integer,
  EventCategories: list('EventCategory', text),
  Filters: FILTERS,
  ...PAGING,
} as const;

type EventsInput = Input<typeof PARAMETERS>;

const SOURCE_TYPES = [
  'db-instance',
  'db-parameter-group',
  'db-security-group',
  'db-snapshot',
  'db-cluster',
  'db-cluster-snapshot',
  'custom-engine-version',
  'db-proxy',
  'blue-green-deployment',
];
const LONGEST_MINUTES = 20_160;

export const describeEvents = makeAction('rds', 'DescribeEvents', PARAMETERS, (input, { store, now }) => {
  checkInput(input);
  const { from, to } = readSpan(input, now());
  const found = store.events
    .map((event, i) => ({ event, key: `${event.at} ${String(i).padStart(9, '0')}` }))
    .filter(({ event }) => Date.parse(event.at) >= from && Date.parse(event.at) <= to)
    .filter(({ event }) => isWanted(event, input));
  const page = readPage(filterItems(found, input.Filters, {}), ({ key }) => key, input);
  const events = page.items.map(({ event }) => ({
    SourceIdentifier: event.sourceId,
    SourceType: event.sourceType,
    SourceArn: event.sourceArn,
    Message: event.message,
    EventCategories: xmlList('EventCategory', event.categories),
    Date: event.at,
  }));
  return { Events: xmlList('Event', events), Marker: page.marker };
});

function checkInput({ SourceIdentifier: id, SourceType: type, Duration: minutes }: EventsInput): void {
  if (id && !type) {
    throw invalidCombination('If SourceIdentifier is supplied, SourceType must also be provided.');
  }
  if (type && !SOURCE_TYPES.includes(type)) throw invalidValue(`Invalid source type: ${type}`);
  if (minutes !== undefined && (minutes < 1 || minutes > LONGEST_MINUTES)) {
    throw invalidValue(`Invalid duration: ${minutes}. Must be between 1 and ${LONGEST_MINUTES} minutes.`);
  }
}

/** The last hour unless the call says otherwise. */
function readSpan(input: EventsInput, now: Date): { from: number; to: number } {
  const durationMs = (input.Duration ?? 60) * 60_000;
  const to = input.EndTime?.getTime() ?? now.getTime();
  const from = input.StartTime?.getTime() ?? to - durationMs;
  if (from > to) throw invalidCombination('The start time must be before the end time.');
  return { from, to };
}

function isWanted(event: EventRecord, input: EventsInput): boolean {
  const { SourceIdentifier: id, SourceType: type, EventCategories: categories = [] } = input;
  return (
    (!type || event.sourceType === type) &&
    (!id || event.sourceId === id.toLowerCase()) &&
    (categories.length === 0 || event.categories.some((category) => categories.includes(category)))
  );
}
