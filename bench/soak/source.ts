// A source: a cluster that many clients clone while one writer goes on writing into it.
import { randomBytes } from 'node:crypto';
import {
  applyChange,
  fillDatabase,
  type Login,
  planChange,
  readState,
  type State,
  writeChange,
} from './content.ts';
import type { Engine, Service } from './service.ts';
import type { World } from './world.ts';

export interface Source {
  readonly id: string;
  readonly engine: Engine;
  readonly login: Login;
  /** Afterwards the function lists what the source may have held at any moment since. */
  watch(): () => readonly State[];
  /** Writes until the run is over. */
  run(world: World): Promise<void>;
}

const PAUSE_MS = 300;

export async function makeSource(service: Service, id: string, engine: Engine): Promise<Source> {
  // Another run on this machine must not let anybody in who comes to a port that was ours a moment ago.
  const password = randomBytes(12).toString('hex');
  const port = await service.make(id, engine, { kind: 'fresh', password });
  const family = engine === 'aurora-postgresql' ? 'postgres' : 'mysql';
  const login: { -readonly [key in keyof Login]: Login[key] } = { family, port, password };
  const history: State[] = [await fillDatabase(login)];
  let pending: State | undefined;
  const settle = async (): Promise<void> => {
    const found = await readState(login);
    if (typeof found === 'string') throw new Error(`${id} holds ${found}`);
    if (pending && found.version === pending.version) history.push(pending);
    const last = history.at(-1);
    if (last?.version !== found.version || last.sum !== found.sum) {
      throw new Error(`${id} lost a write: it holds ${found.version}, ${last?.version} was committed`);
    }
    pending = undefined;
  };
  return {
    id,
    engine,
    login,
    watch() {
      const first = history.length - 1;
      return () => [...history.slice(first), ...(pending ? [pending] : [])];
    },
    async run(world) {
      while (!world.isOver()) {
        const startedAt = performance.now();
        try {
          if (pending) await settle();
          const change = planChange(world.random);
          pending = applyChange(history.at(-1) ?? { version: 0, sum: 0 }, change);
          await writeChange(login, change, pending);
          history.push(pending);
          pending = undefined;
          world.count(`writes to ${id}`);
        } catch (error) {
          if (!world.isDisturbedSince(startedAt) || /lost a write|holds/.test(String(error))) {
            world.report(`${id}: ${String(error)}`);
          }
          login.port = (await service.findPort(id)) ?? login.port;
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    },
  };
}
