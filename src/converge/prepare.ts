// From a request to everything that the steps need: names, settings, addresses, tags. Changes nothing.

import { checkContent } from '../artifact/artifact-content.ts';
import { checkCopyName } from '../artifact/copy-name.ts';
import { checkMasterPassword, makePassword } from '../artifact/password.ts';
import type { Mode } from '../artifact/spec.ts';
import { type AwsConnection, withSignal } from '../aws/connect.ts';
import { makeInterruptedError } from '../aws/errors.ts';
import { getCaller } from '../aws/sts.ts';
import { FactoryError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import type { CopyBuild } from './build.ts';
import { findClientCidr } from './client-address.ts';
import { offerVersion } from './engine-version.ts';
import { findGateWork, type Gate } from './gate/gate.ts';
import { findLineage } from './lineage.ts';
import { getOwner, makeDefaultName, toTagValue } from './names.ts';
import { checkPlace } from './preflight.ts';
import type { ConvergeRequest } from './request.ts';
import { type CopySettings, resolveSettings } from './settings.ts';
import { checkCloneable, type LiveSource, readSource } from './source.ts';
import { formatTime, makeTags } from './tags.ts';

export interface Prepared {
  readonly build: CopyBuild;
  /** Also where a clone was asked for: RDS makes only so many. */
  readonly isFullCopy: boolean;
  readonly warnings: readonly string[];
}

export async function prepareCopy(request: ConvergeRequest, progress: Progress): Promise<Prepared> {
  checkRequest(request);
  const { artifact, mode, nowMs, signal } = request;
  if (signal?.aborted) throw makeInterruptedError('preparing the copy');
  const deadlineMs = performance.now() + request.timeoutSeconds * 1000;
  const aws = withSignal(request.aws, signal);
  const [owner, source] = await Promise.all([findOwner(aws, request), readSource(aws, artifact.spec)]);
  const name = checkCopyName(request.name ?? makeDefaultName(source.identity.clusterId, owner));
  checkNotSource(name, source.identity.clusterId);
  const cloneWarnings = mode === 'clone' ? checkCloneable(source, artifact) : [];
  const { settings, warnings: versionWarnings } = await offerVersion(
    aws,
    resolveSettings(artifact, mode, source),
  );
  const [network, cidrs, lineage] = await Promise.all([
    checkPlace(aws, settings, source, {
      storageZones: listStorageZones(source, mode),
      isPlaceOfSource: artifact.spec.target.subnetIds === 'source',
    }),
    resolveCidrs(aws, settings, request.clientCidr),
    mode === 'clone' ? findLineage(aws, source) : undefined,
  ]);
  const work = findGateWork(request);
  const gate: Gate | undefined = work && {
    work,
    password: makePassword(request.randomBytes),
    cidr: await findGateCidr(aws, settings, request.clientCidr),
  };
  const tags = makeTags(
    {
      name,
      run: request.runId,
      owner,
      source: source.identity.clusterId,
      'source-resource': source.identity.resourceId,
      mode,
      artifact: request.artifactDigest,
      gate: gate && 'shut',
      masking: work?.maskingDigest,
      created: formatTime(nowMs),
      ...makeExpiryTags(request),
    },
    artifact.spec.tags,
  );
  const build: CopyBuild = {
    aws,
    name,
    source: source.identity,
    deadlineMs,
    signal,
    progress,
    request,
    settings,
    liveSource: source,
    owner,
    tags,
    vpcId: network.vpcId,
    cidrs,
    password: request.password ?? makePassword(request.randomBytes),
    isPasswordAsked: request.password !== undefined,
    isPasswordOfOthers: false,
    gate,
  };
  return {
    build,
    isFullCopy: mode === 'clone' && (settings.restoreType === 'full-copy' || lineage?.isFull === true),
    warnings: [...cloneWarnings, ...versionWarnings, ...network.warnings, ...(lineage?.warnings ?? [])],
  };
}

function checkRequest({ artifact, content, mode, password, ttlSeconds, username }: ConvergeRequest): void {
  checkContent(artifact, content ?? {});
  if (!artifact.modes.includes(mode)) {
    throw new FactoryError(
      'NOT_SUPPORTED',
      `the artifact cannot ${mode}; it can ${artifact.modes.join(', ')}`,
    );
  }
  if (mode === 'clone' && username !== undefined) {
    throw new FactoryError('BAD_INVOCATION', "a clone keeps its source's master user", {
      hint: 'Leave --db-username out, or use --create-mode create.',
    });
  }
  if (password !== undefined) checkMasterPassword(password, artifact.discovered.engine);
  const { maxTtlSeconds } = artifact.spec.lifetime;
  const isTooLong = (seconds: number | 'none', longest: number) => seconds === 'none' || seconds > longest;
  if (ttlSeconds !== undefined && maxTtlSeconds !== 'none' && isTooLong(ttlSeconds, maxTtlSeconds)) {
    throw new FactoryError('BAD_INVOCATION', `the artifact lets a copy live ${maxTtlSeconds} s at most`, {
      hint: 'Give a shorter --ttl; db-artifact extend can prolong it later.',
    });
  }
}

/** Where a clone must be; accounts give the same names to different zones, so those of another one say nothing. */
function listStorageZones({ cluster, isShared }: LiveSource, mode: Mode): readonly string[] {
  return mode === 'clone' && !isShared ? (cluster.AvailabilityZones ?? []) : [];
}

async function findOwner(aws: AwsConnection, { owner }: ConvergeRequest): Promise<string> {
  return owner === undefined ? getOwner((await getCaller(aws)).arn) : toTagValue(owner);
}

function checkNotSource(name: string, sourceId: string): void {
  if (name !== sourceId.toLowerCase()) return;
  throw new FactoryError('IS_SOURCE', `${name} is the source; a copy needs a name of its own`, {
    hint: 'Choose another --name.',
  });
}

/** Asks for the own address only where it is needed. */
async function resolveCidrs(
  aws: AwsConnection,
  { securityGroupIds, allowedCidrs, isPubliclyAccessible }: CopySettings,
  clientCidr: string | undefined,
): Promise<readonly string[]> {
  if (securityGroupIds !== undefined) return [];
  if (!allowedCidrs.includes('client')) return allowedCidrs;
  const client = clientCidr ?? (await findClientCidr(aws.rdsUrl, isPubliclyAccessible));
  return [...new Set(allowedCidrs.map((cidr) => (cidr === 'client' ? client : cidr)))];
}

/** One address: of --client-cidr only where it is one, since a network holds others. */
async function findGateCidr(
  aws: AwsConnection,
  { isPubliclyAccessible }: CopySettings,
  clientCidr: string | undefined,
): Promise<string> {
  if (clientCidr !== undefined && /\.\d+\/32$|:.*\/128$/.test(clientCidr)) return clientCidr;
  return await findClientCidr(aws.rdsUrl, isPubliclyAccessible);
}

function makeExpiryTags({ artifact, ttlSeconds, nowMs }: ConvergeRequest) {
  const { lifetime } = artifact.spec;
  const seconds = ttlSeconds ?? lifetime.ttlSeconds;
  return {
    expires: seconds === 'none' ? undefined : formatTime(nowMs + seconds * 1000),
    'max-ttl': lifetime.maxTtlSeconds === 'none' ? undefined : String(lifetime.maxTtlSeconds),
  };
}
