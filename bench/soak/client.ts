// One client: makes, writes, checks, resets and destroys copies of its own, at random, and knows what each must hold.
import { applyChange, type Login, planChange, readState, type State, writeChange } from './content.ts';
import { FailedError, type Origin, type Service } from './service.ts';
import type { Source } from './source.ts';
import { pickOne, type World } from './world.ts';

/** How a copy is made, and made again by a reset. */
interface Recipe {
  readonly source: Source;
  readonly origin: Origin;
  /** Afterwards the function lists what a copy may hold that was made meanwhile. */
  watch(): () => readonly State[];
}

interface Copy {
  readonly id: string;
  readonly recipe: Recipe;
  login: Login;
  /** What it may hold: what was committed last, and what nobody heard the end of. */
  states: readonly State[];
}

interface Snapshot {
  readonly id: string;
  readonly source: Source;
  readonly state: State;
}

interface Client {
  readonly world: World;
  readonly service: Service;
  readonly name: string;
  readonly sources: readonly Source[];
  readonly copies: Copy[];
  readonly snapshots: Snapshot[];
  made: number;
}

const MOST_COPIES = 4;
const MOST_SNAPSHOTS = 3;
/** A server that was killed is started again, recovers, and may have waited for others to do so. */
const REACHABLE_MS = 90_000;

type Step = (client: Client) => Promise<void>;

/** Each with its weight. */
const STEPS: readonly (readonly [Step, number])[] = [
  [write, 40],
  [check, 15],
  [clone, 15],
  [cloneCopy, 4],
  [takeSnapshot, 5],
  [restoreSnapshot, 5],
  [reset, 6],
  [destroy, 8],
  [forgetSnapshot, 2],
];

export async function runClient(
  world: World,
  service: Service,
  name: string,
  sources: readonly Source[],
): Promise<void> {
  const client: Client = { world, service, name, sources, copies: [], snapshots: [], made: 0 };
  while (!world.isOver()) await attempt(client, pickStep(world));
  for (const copy of [...client.copies]) {
    await attempt(client, async () => await checkCopy(client, copy));
    await attempt(client, async () => await removeCopy(client, copy));
  }
  for (const snapshot of client.snapshots) {
    await attempt(client, async () => await service.removeSnapshot(snapshot.id));
  }
}

function pickStep({ random }: World): Step {
  let dice = random() * STEPS.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [step, weight] of STEPS) {
    dice -= weight;
    if (dice < 0) return step;
  }
  return write;
}

/** What fails by itself is a violation; what fails while somebody is killed is looked at again by the checks. */
async function attempt(client: Client, step: Step): Promise<void> {
  const { world } = client;
  const startedAt = performance.now();
  try {
    await step(client);
  } catch (error) {
    if (world.isDisturbedSince(startedAt)) world.count('steps broken by a kill');
    else world.report(`${client.name}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}

async function clone(client: Client): Promise<void> {
  const source = pickOne(client.world, client.sources);
  if (!source || client.copies.length >= MOST_COPIES) return;
  await makeCopy(client, makeCloneRecipe(source));
  client.world.count(`clones of ${source.engine}`);
}

function makeCloneRecipe(source: Source): Recipe {
  return { source, origin: { kind: 'clone', sourceId: source.id }, watch: source.watch };
}

async function cloneCopy(client: Client): Promise<void> {
  const parent = pickOne(client.world, client.copies);
  if (!parent || client.copies.length >= MOST_COPIES) return;
  const { source } = parent.recipe;
  const origin = { kind: 'clone', sourceId: parent.id } as const;
  // The parent may be gone when the copy is reset: then it becomes a clone of the source.
  await makeCopy(client, { source, origin, watch: () => () => parent.states }, makeCloneRecipe(source));
  client.world.count('clones of copies');
}

async function restoreSnapshot(client: Client): Promise<void> {
  const snapshot = pickOne(client.world, client.snapshots);
  if (!snapshot || client.copies.length >= MOST_COPIES) return;
  const { id, source, state } = snapshot;
  await makeCopy(client, {
    source,
    origin: { kind: 'snapshot', snapshotId: id },
    watch: () => () => [state],
  });
  client.world.count('restores of snapshots');
}

async function makeCopy(client: Client, recipe: Recipe, recipeOfReset = recipe): Promise<void> {
  const id = `${client.name}-${++client.made}`;
  const listStates = recipe.watch();
  const port = await makeCluster(client, id, recipe);
  const login = { ...recipe.source.login, port };
  const copy = { id, recipe: recipeOfReset, login, states: listStates() };
  client.copies.push(copy);
  await checkCopy(client, copy);
}

/** A fork of a source that is killed meanwhile may fail; then there is nothing but its name. */
async function makeCluster(client: Client, id: string, { source, origin }: Recipe): Promise<number> {
  const { world, service } = client;
  for (;;) {
    const startedAt = performance.now();
    try {
      return await service.make(id, source.engine, origin);
    } catch (error) {
      await service.remove(id);
      if (!(error instanceof FailedError) || !world.isDisturbedSince(startedAt)) throw error;
      world.count('copies that failed while their source was killed');
    }
  }
}

async function reset(client: Client): Promise<void> {
  const copy = pickOne(client.world, client.copies);
  if (!copy) return;
  const { origin } = copy.recipe;
  if (origin.kind === 'snapshot' && !client.snapshots.some(({ id }) => id === origin.snapshotId)) return;
  await removeCopy(client, copy);
  await makeCopy(client, copy.recipe);
  client.world.count('resets');
}

async function destroy(client: Client): Promise<void> {
  const copy = pickOne(client.world, client.copies);
  if (copy) await removeCopy(client, copy);
}

async function removeCopy(client: Client, copy: Copy): Promise<void> {
  client.copies.splice(client.copies.indexOf(copy), 1);
  await client.service.remove(copy.id);
  client.world.count('copies destroyed');
}

async function write(client: Client): Promise<void> {
  const copy = pickOne(client.world, client.copies);
  if (!copy) return;
  if (copy.states.length > 1) await checkCopy(client, copy);
  const [state] = copy.states;
  if (copy.states.length !== 1 || !state) return;
  const change = planChange(client.world.random);
  const next = applyChange(state, change);
  copy.states = [state, next];
  await writeChange(copy.login, change, next);
  copy.states = [next];
  client.world.count(`writes to copies of ${copy.recipe.source.engine}`);
}

async function check(client: Client): Promise<void> {
  const copy = pickOne(client.world, client.copies);
  if (copy) await checkCopy(client, copy);
}

/** Waits for a copy that is being recovered; then it holds exactly what it may. */
async function checkCopy(client: Client, copy: Copy): Promise<void> {
  const { world } = client;
  const found = await readWhenUp(client, copy);
  const match = copy.states.find(
    (state) => typeof found !== 'string' && state.version === found.version && state.sum === found.sum,
  );
  world.count('checks');
  if (match) copy.states = [match];
  else {
    const allowed = copy.states.map(({ version, sum }) => `${version}:${sum}`).slice(-5);
    world.report(
      `${copy.id}: it holds ${JSON.stringify(found)}, and may hold ${allowed} (${copy.recipe.source.engine}, ${copy.recipe.origin.kind})`,
    );
    client.copies.splice(client.copies.indexOf(copy), 1);
    await client.service.remove(copy.id);
  }
}

async function readWhenUp(client: Client, copy: Copy): Promise<State | string> {
  const startedAt = performance.now();
  for (;;) {
    try {
      return await readState(copy.login);
    } catch (error) {
      const waitedMs = performance.now() - startedAt;
      if (!client.world.isDisturbedSince(startedAt) || waitedMs > REACHABLE_MS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
      const port = await client.service.findPort(copy.id);
      if (port === undefined) return 'nothing: the service does not know it any more';
      copy.login = { ...copy.login, port };
    }
  }
}

async function takeSnapshot(client: Client): Promise<void> {
  const { service, snapshots, world } = client;
  const copy = pickOne(world, client.copies);
  if (!service.hasSnapshots || !copy || snapshots.length >= MOST_SNAPSHOTS) return;
  if (copy.states.length > 1) await checkCopy(client, copy);
  const [state] = copy.states;
  if (copy.states.length !== 1 || !state) return;
  const id = `${client.name}-snapshot-${++client.made}`;
  await service.makeSnapshot(copy.id, id);
  snapshots.push({ id, source: copy.recipe.source, state });
  world.count('snapshots');
}

async function forgetSnapshot(client: Client): Promise<void> {
  const snapshot = client.snapshots.shift();
  if (snapshot) await client.service.removeSnapshot(snapshot.id);
}
