// Makes the volume of a fresh cluster: a fork of a template that is made once per engine version.
import { rm } from 'node:fs/promises';
import type { Engine } from '../engine/engine.ts';
import { getEngine, openBuildPlace, openPlace } from '../places.ts';
import type { ClusterRecord } from '../records.ts';
import { type Context, getVolumeId } from './context.ts';
import { getCopyTerms } from './forks.ts';
import { makeGoldenId } from './goldens.ts';

/** With master user and first database, stopped. */
export async function makeFreshVolume(context: Context, cluster: ClusterRecord): Promise<void> {
  const engine = getEngine(context, cluster);
  const volumeId = getVolumeId(cluster);
  const templateId = await context.turns.take(getTemplateName(engine), () => getTemplate(context, engine));
  await context.driver.forkGolden(templateId, volumeId, false);
  const place = { ...(await openPlace(context, cluster)), isListening: false };
  const server = await engine.start(place);
  try {
    await server.addMaster({
      username: cluster.masterUsername,
      verifier: cluster.pendingVerifier,
      isSuperuser: context.settings.isMasterSuperuser,
      databaseName: cluster.databaseName,
    });
  } finally {
    await server.stop();
  }
  await context.driver.closeVolume(volumeId);
}

export function getTemplateName(engine: Engine): string {
  return `template/${engine.family}/${engine.version}`;
}

async function getTemplate(context: Context, engine: Engine): Promise<string> {
  const owner = getTemplateName(engine);
  const kept = context.goldens.find(owner);
  if (kept) return kept.id;
  const id = makeGoldenId();
  const buildId = id.replace('golden', 'build');
  await context.driver.makeVolume(buildId);
  const place = await openBuildPlace(context, buildId);
  try {
    await engine.initialize(place);
    const terms = await getCopyTerms(engine, place);
    await context.driver.makeGolden(buildId, id, terms.isExcluded);
    await context.goldens.keep({ id, owner, contentKey: terms.contentKey });
  } finally {
    await context.driver.remove(buildId);
    await rm(place.configDir, { recursive: true, force: true });
  }
  return id;
}
