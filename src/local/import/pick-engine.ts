// Which of the engines that this machine has takes a source.
import { FactoryError } from '../../errors.ts';
import type { Engine } from '../engine/engine.ts';
import { findEngine } from '../engine/engines.ts';
import type { Ground } from './plan.ts';

/** As asked; else the source's own major version, else the oldest of those that are newer. */
export function pickEngine({ engines, job }: Ground, sourceVersion: string | undefined): Engine {
  const { engine: family, engineVersion: wanted } = job.request;
  const ofFamily = engines.filter((engine) => engine.family === family);
  if (wanted !== undefined) return getWanted(ofFamily, wanted);
  if (sourceVersion === undefined && ofFamily[0]) return ofFamily[0];
  const equal = findEngine(ofFamily, family, sourceVersion ?? '');
  const newer = ofFamily.filter(({ version }) => isNewer(version, sourceVersion ?? '')).at(-1);
  if (equal ?? newer) return (equal ?? newer) as Engine;
  throw new FactoryError(
    'ENGINE_MISSING',
    `no ${family} of version ${sourceVersion} or newer is installed${listVersions(ofFamily)}`,
    {
      hint: 'Install it and name its folder: db-artifact local up --postgres-bin FOLDER, or --mariadb-bin.',
    },
  );
}

export function isNewer(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) > 0;
}

function getWanted(engines: readonly Engine[], wanted: string): Engine {
  const found = engines.find(({ version, majorVersion }) => version === wanted || majorVersion === wanted);
  if (found) return found;
  throw new FactoryError(
    'ENGINE_MISSING',
    `engine version ${wanted} is not installed${listVersions(engines)}`,
  );
}

function listVersions(engines: readonly Engine[]): string {
  return engines.length === 0 ? '' : `; there is ${engines.map(({ version }) => version).join(', ')}`;
}
