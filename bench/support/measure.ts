// Timing and tables for benchmarks: medians over runs, printed as Markdown.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

export interface Sample {
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly runs: number;
}

export async function measureMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Runs `work` one more time than asked: the first run warms up and does not count. */
export async function sample(runs: number, work: (run: number) => Promise<number>): Promise<Sample> {
  await work(0);
  const times: number[] = [];
  for (let run = 1; run <= runs; run++) times.push(await work(run));
  return summarize(times);
}

export function summarize(times: readonly number[]): Sample {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
  return { medianMs: at(0.5), minMs: at(0), maxMs: at(1), runs: sorted.length };
}

export function formatMs(ms: number | undefined): string {
  if (ms === undefined || Number.isNaN(ms)) return '–';
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function formatSample(result: Sample | undefined): string {
  if (result === undefined) return '–';
  return `${formatMs(result.medianMs)} (${formatMs(result.minMs)}–${formatMs(result.maxMs)})`;
}

export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  console.log(`\n${lines.join('\n')}\n`);
}

/** One line on the machine, its load and the commit, without which no figure means anything. */
export function describeMachine(): string {
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  const kernel = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${memory}, Linux ${kernel}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}, commit ${commit}`;
}
