// What a client program said when it failed.
import { FactoryError } from '../../errors.ts';

/** Without what -v says of its progress. */
export function describeEnd(program: string, stderr: string): FactoryError {
  const lines = stderr.split('\n').filter((line) => /error|fatal|detail|hint:|could not|denied/i.test(line));
  const said = (lines.length > 0 ? lines : stderr.split('\n')).slice(0, 5).join('\n');
  return new FactoryError('CHILD_FAILED', `${program} failed: ${said}`);
}
