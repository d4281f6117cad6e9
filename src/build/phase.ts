// Reports a piece of work as a phase: started, then done or failed.
import type { Progress } from '../progress.ts';

export async function runPhase<T>(phase: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  progress({ type: 'phase', phase, state: 'started' });
  try {
    const result = await work();
    progress({ type: 'phase', phase, state: 'done' });
    return result;
  } catch (error) {
    progress({ type: 'phase', phase, state: 'failed' });
    throw error;
  }
}
