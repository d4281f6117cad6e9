// What of a spec depends on the engine of its source, which only discovering it tells. Pure.
import type { DiscoveredSource } from './artifact.ts';
import type { ArtifactSpec } from './spec.ts';

type Engine = DiscoveredSource['engine'];

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html (EnableCloudwatchLogsExports) */
const LOGS: Readonly<Record<Engine, readonly string[]>> = {
  'aurora-postgresql': ['postgresql', 'instance', 'iam-db-auth-error'],
  'aurora-mysql': ['audit', 'error', 'general', 'slowquery', 'instance', 'iam-db-auth-error'],
};

/** Whole sentences; none: the engine can do all of it. */
export function listEngineProblems({ maintenance }: ArtifactSpec, engine: Engine): readonly string[] {
  const { logExports, backtrackSeconds } = maintenance;
  const logs = logExports === 'source' ? [] : logExports.filter((log) => !LOGS[engine].includes(log));
  const isBacktracked = typeof backtrackSeconds === 'number' && backtrackSeconds > 0;
  return [
    ...(logs.length > 0
      ? [
          `[maintenance] log_exports of ${engine} must be of ${LOGS[engine].join(', ')}, got "${logs.join(', ')}"`,
        ]
      : []),
    ...(isBacktracked && engine !== 'aurora-mysql'
      ? [`[maintenance] backtrack_window must be 0 or left out: ${engine} cannot be rewound`]
      : []),
  ];
}
