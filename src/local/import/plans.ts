// Picks how a source is imported.
import { planMysqlFile } from './mysql-file.ts';
import { planMysqlServer } from './mysql-server.ts';
import type { Ground, ImportPlan } from './plan.ts';
import { planPostgresFile } from './postgres-file.ts';
import { planPostgresServer } from './postgres-server.ts';

export async function makePlan(ground: Ground): Promise<ImportPlan> {
  const { origin, engine } = ground.job.request;
  const isPostgres = engine === 'aurora-postgresql';
  if (origin.kind === 'server') {
    return isPostgres
      ? await planPostgresServer(ground, origin.url)
      : await planMysqlServer(ground, origin.url);
  }
  return isPostgres ? await planPostgresFile(ground, origin.path) : await planMysqlFile(ground, origin.path);
}
