// Holds the process with the given number, and waits to be killed.
import { whileFrozen } from '../../src/local/engine/freezing.ts';

await whileFrozen(Number(process.argv[2]), async () => {
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
