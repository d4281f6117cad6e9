// db-artifact local import: brings a database from elsewhere into the local RDS. The local server does the work, so it
// goes on when this process ends; this one asks how it is getting on.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { makePassword } from '../../artifact/password.ts';
import { ERROR_CODES, type ErrorCode, FactoryError } from '../../errors.ts';
import type { LocalEndpoint } from '../../local/figures/read-status.ts';
import type { ImportPhase, ImportStatus } from '../../local/import/request.ts';
import type { Progress } from '../../progress.ts';
import type { CommandContext } from '../context.ts';
import type { Output } from '../output.ts';
import { readPassword } from '../password-options.ts';
import { keepPassword } from '../passwords.ts';
import { addImportOptions, type ImportOptions, readImportRequest } from './import-options.ts';
import { describeImported } from './import-result.ts';
import { getRunningServer } from './server-file.ts';

/** What DescribeLocalImport answers. */
export interface ImportReport extends ImportStatus {
  readonly resourceId?: string | undefined;
  readonly port?: number | undefined;
  readonly isAvailable: boolean;
}

const POLL_MS = 200;

export function makeLocalImportCommand(context: CommandContext): Command {
  const command = new Command('import').description(
    'Bring a database from elsewhere into the local RDS, as a cluster to clone.',
  );
  return addImportOptions(command).action(async (options: ImportOptions) => {
    const output = context.openOutput(command);
    const endpoint = await findEndpoint(context);
    if (options.abort) return await abortImport(endpoint, options.cluster, output);
    if (options.passwordStdin && options.dbPasswordStdin) {
      throw new FactoryError('BAD_INVOCATION', 'standard input holds one password, not two');
    }
    const request = await readImportRequest(context, options, output);
    const password = (await readPassword(context, options, output)) ?? makePassword(randomBytes);
    const begun = await startImport(endpoint, { ...request, MasterUserPassword: password });
    const username = request['MasterUsername'] ?? '';
    const { wait: waits } = options;
    const ended = await followImport(context, endpoint, {
      begun,
      password,
      waits,
      progress: output.progress,
    });
    await output.print(describeImported(ended, username));
  });
}

async function findEndpoint({ folders }: CommandContext): Promise<LocalEndpoint> {
  const { openCredentials } = await import('../../local/http/credentials.ts');
  const { url, region } = await getRunningServer(folders.localDir);
  return { url, region, credentials: await openCredentials(folders.localDir) };
}

async function startImport(endpoint: LocalEndpoint, request: Record<string, string>): Promise<ImportReport> {
  const { callLocal } = await import('../../local/figures/read-status.ts');
  const id = request['DBClusterIdentifier'];
  try {
    return (await callLocal(endpoint, 'StartLocalImport', request)) as ImportReport;
  } catch (error) {
    if (!(error instanceof FactoryError)) throw error;
    const hint = {
      NAME_TAKEN: `Import it under another name, or remove that cluster first: db-artifact local remove ${id}`,
      CONFLICT: `Wait for it, or end it: db-artifact local import --abort --cluster ${id}`,
    }[error.code as string];
    const message = error.code === 'NAME_TAKEN' ? `there is a cluster ${id} already` : error.message;
    throw new FactoryError(error.code, message, { hint: hint ?? error.hint, cause: error });
  }
}

interface Following {
  readonly begun: ImportReport;
  readonly password: string;
  /** False: until there is a cluster. */
  readonly waits: boolean;
  readonly progress: Progress;
}

/** The password is kept as soon as the cluster has an id, so that it is not lost with this process. */
async function followImport(
  context: CommandContext,
  endpoint: LocalEndpoint,
  { begun, password, waits, progress }: Following,
): Promise<ImportReport> {
  const { clusterId } = begun;
  const seen = new Map<string, string>();
  let kept: string | undefined;
  for (let report = begun; ; report = await readReport(endpoint, clusterId)) {
    for (const phase of report.phases) showPhase(phase, seen, progress);
    if (report.resourceId && report.resourceId !== kept) {
      await keepPassword(context.folders.copiesDir, report.resourceId, password);
      kept = report.resourceId;
    }
    if (!waits && kept && report.state !== 'failed') return report;
    if (report.state === 'failed') throw await describeFailure(context, report, kept);
    if (report.state === 'done' && report.isAvailable) return report;
    if (report.state === 'done') showPhase({ phase: `start ${clusterId}`, state: 'started' }, seen, progress);
    if (context.signal.aborted) throw describeDetached(clusterId);
    await sleep(POLL_MS);
  }
}

async function readReport(endpoint: LocalEndpoint, clusterId: string): Promise<ImportReport> {
  const { callLocal } = await import('../../local/figures/read-status.ts');
  try {
    return (await callLocal(endpoint, 'DescribeLocalImport', {
      DBClusterIdentifier: clusterId,
    })) as ImportReport;
  } catch (error) {
    const isGone = error instanceof FactoryError && ['NETWORK_FAILED', 'NOT_FOUND'].includes(error.code);
    if (!isGone) throw error;
    throw new FactoryError('NETWORK_FAILED', 'the local RDS ended during the import', {
      hint: 'Start it again, which undoes what was half done: db-artifact local up; then the same command.',
      cause: error,
    });
  }
}

function showPhase(
  { phase, state, detail }: ImportPhase,
  seen: Map<string, string>,
  progress: Progress,
): void {
  const text = `${state} ${detail}`;
  if (seen.get(phase) === text) return;
  if (!seen.has(phase) && state !== 'started') progress({ type: 'phase', phase, state: 'started' });
  seen.set(phase, text);
  progress({ type: 'phase', phase, state, detail });
}

async function describeFailure(
  { folders }: CommandContext,
  { error }: ImportReport,
  resourceId: string | undefined,
): Promise<FactoryError> {
  const { forgetPassword } = await import('../passwords.ts');
  if (resourceId) await forgetPassword(folders.copiesDir, resourceId);
  const code =
    error && Object.hasOwn(ERROR_CODES, error.code) ? (error.code as ErrorCode) : 'OPERATION_FAILED';
  return new FactoryError(code, error?.message ?? 'the import failed', {
    hint: error?.hint,
    problems: error?.problems,
  });
}

function describeDetached(clusterId: string): FactoryError {
  return new FactoryError('INTERRUPTED', `the import into ${clusterId} goes on in the local RDS`, {
    hint: `The same command waits for it; to end it: db-artifact local import --abort --cluster ${clusterId}`,
  });
}

async function abortImport(endpoint: LocalEndpoint, cluster: string, output: Output): Promise<void> {
  const { callLocal } = await import('../../local/figures/read-status.ts');
  await callLocal(endpoint, 'AbortLocalImport', { DBClusterIdentifier: cluster });
  const text = `the import into ${cluster} was ended, and what it made is being removed`;
  await output.print({ document: { cluster, isAborted: true }, text, brief: cluster });
}
