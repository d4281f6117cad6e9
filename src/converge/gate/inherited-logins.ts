// A clone brings its source's users and their passwords along. Locks them before anything else is done in it, gives them
// back, or gives them passwords that nobody knows.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { FactoryError, wrapError } from '../../errors.ts';
import type { SqlConnection, SqlFamily } from '../../sql/connect.ts';
import type { CopyRecords } from '../records.ts';
import { type Login, listUsableLogins } from './list-logins.ts';
import { endSession, listOtherSessions, type OtherSession } from './other-sessions.ts';

/** Where logins are treated, and where it is remembered which. */
export interface LoginPlace {
  readonly connection: SqlConnection;
  readonly family: SqlFamily;
  readonly records: CopyRecords;
  readonly masterUser: string;
}

const STEP = 'logins';
const HELD = 'held';
const ALONE = 'alone';
const ALONE_MS = 30_000;
const LOOK_AGAIN_MS = 50;
/** A server shows a session some moments after it was let in, so one look that finds nobody proves nothing. */
const QUIET_LOOKS = 3;

/**
 * Locks every login of the source and ends all sessions but this one, until nobody else is there and nobody can come:
 * whoever got in before may have made further logins. Which were usable at first is recorded before, so that they can
 * be given back. Returns who was found inside. The master user and the logins of RDS stay as they are.
 */
export async function holdLogins(place: LoginPlace): Promise<readonly OtherSession[]> {
  const { connection, family, records, masterUser } = place;
  const known = await records.list(connection, STEP);
  const held = parseHeld(known.get(HELD));
  // What is usable once nobody of the source was left was made by the publisher's own SQL.
  const isAlone = known.has(ALONE);
  const usable = isAlone ? [] : await listUsableLogins(connection, family, masterUser);
  if (held === undefined) await records.add(connection, STEP, HELD, JSON.stringify(usable));
  await lockLogins(place, [...(held ?? []), ...usable]);
  const met = await waitUntilAlone(place, !isAlone);
  if (!isAlone) await records.add(connection, STEP, ALONE, '');
  return met;
}

async function waitUntilAlone(place: LoginPlace, locksNew: boolean): Promise<readonly OtherSession[]> {
  const { connection, family, masterUser } = place;
  const met = new Map<number, OtherSession>();
  const deadlineMs = performance.now() + ALONE_MS;
  let early: ReadonlySet<number> | undefined;
  for (let quietLooks = 0; quietLooks < QUIET_LOOKS; ) {
    const found = await listOtherSessions(connection, family);
    // Whoever knocks after the locks were set is refused; whoever had begun before may be let in yet.
    early ??= new Set(found.map(({ id }) => id));
    const others = found.filter(({ id, isNew }) => !isNew || early?.has(id));
    for (const other of others) {
      if (!other.isNew) met.set(other.id, other);
      await endSession(connection, family, other);
    }
    const added = locksNew ? await listUsableLogins(connection, family, masterUser) : [];
    await lockLogins(place, added);
    if (added.length > 0) early = undefined;
    quietLooks = others.length + added.length === 0 ? quietLooks + 1 : 0;
    if (performance.now() > deadlineMs) throw makeCompanyError(others);
    if (quietLooks < QUIET_LOOKS) await sleep(LOOK_AGAIN_MS);
  }
  return [...met.values()].filter(({ user }) => user !== masterUser);
}

/** Nobody but an older run of this command knew a password of the master user: it may still be at work. */
export async function endOtherSessions(place: LoginPlace): Promise<void> {
  await waitUntilAlone(place, false);
}

/** After the work: throws REFUSED where a login of the source is connected, which none should have been able to. */
export async function checkNobodyElse(place: LoginPlace): Promise<void> {
  const held = new Set((await findHeld(place))?.map(({ name }) => name));
  const others = await listOtherSessions(place.connection, place.family);
  const intruders = others.filter(({ user, isNew }) => !isNew && held.has(user));
  if (intruders.length > 0) throw makeCompanyError(intruders);
}

function makeCompanyError(others: readonly OtherSession[]): FactoryError {
  const list = others.map(({ user, from }) => (from === '' ? user : `${user} from ${from}`)).join(', ');
  return new FactoryError(
    'REFUSED',
    `others are connected to the copy behind its gate: ${list || 'new logins'}`,
    {
      hint: 'Stop what connects from the address of this machine with a login of the source, and converge again.',
    },
  );
}

/** Gives back what `holdLogins` took. */
export async function releaseLogins(place: LoginPlace): Promise<void> {
  for (const { quoted } of (await findHeld(place)) ?? []) await setLogin(place, quoted, true);
}

/** Gives the logins passwords that nobody knows, then back. */
export async function rotateLogins(place: LoginPlace): Promise<void> {
  const { connection, family } = place;
  for (const { quoted } of (await findHeld(place)) ?? []) {
    const password = randomBytes(24).toString('base64url');
    await connection.query(
      family === 'postgres'
        ? `ALTER ROLE ${quoted} PASSWORD '${password}'`
        : `ALTER USER ${quoted} IDENTIFIED BY '${password}'`,
    );
  }
  await releaseLogins(place);
}

async function findHeld({ connection, records }: LoginPlace): Promise<readonly Login[] | undefined> {
  return parseHeld((await records.list(connection, STEP)).get(HELD));
}

function parseHeld(detail: string | undefined): readonly Login[] | undefined {
  return detail === undefined ? undefined : (JSON.parse(detail) as readonly Login[]);
}

async function lockLogins(place: LoginPlace, logins: readonly Login[]): Promise<void> {
  for (const { quoted } of logins) {
    await setLogin(place, quoted, false).catch((error: unknown) => {
      throw wrapError(`locking the login ${quoted} of the source`, error);
    });
  }
}

async function setLogin(
  { connection, family }: LoginPlace,
  quoted: string,
  isAllowed: boolean,
): Promise<void> {
  await connection.query(
    family === 'postgres'
      ? `ALTER ROLE ${quoted} ${isAllowed ? 'LOGIN' : 'NOLOGIN'}`
      : `ALTER USER ${quoted} ACCOUNT ${isAllowed ? 'UNLOCK' : 'LOCK'}`,
  );
}
