// Measures one job with this tool and with others, turn by turn, so that a busy moment of the machine meets all of them.
import type { BuildJob, Peer } from './build-peers.ts';
import { formatSample, measureMs, type Sample, summarize } from './measure.ts';

/** Rows of the job: what this tool takes, and for each other what it takes and how many times as long. */
export async function race(
  job: BuildJob,
  own: Peer,
  others: readonly Peer[],
  runs: number,
): Promise<string[][]> {
  const able = [own, ...others.filter((peer) => peer.canDo(job))];
  const times = new Map<Peer, number[]>(able.map((peer) => [peer, []]));
  for (let run = job.isCold ? 1 : 0; run <= runs; run++) {
    for (const [peer, measured] of times) {
      try {
        await peer.prepare?.(job, run);
        const ms = await measureMs(() => peer.build(job, run));
        if (run > 0) measured.push(ms); // the first of a warm job fills the caches
      } catch (error) {
        console.error(`${peer.name} is not measured, ${job.title}: ${String(error)}`);
        times.delete(peer);
      }
    }
  }
  const ownSample = summarize(times.get(own) ?? []);
  return others.flatMap((peer) => {
    const measured = times.get(peer);
    return measured === undefined ? [] : [formatRow(job, ownSample, peer.name, summarize(measured))];
  });
}

function formatRow(job: BuildJob, own: Sample, name: string, other: Sample): string[] {
  const ratio = (other.medianMs / own.medianMs).toFixed(2);
  return [job.title, formatSample(own), name, formatSample(other), ratio];
}
