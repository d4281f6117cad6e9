// Runs short programs from a small process that is kept: starting one from this large process takes milliseconds.
// The shell reads its orders from us, so it ends with us, however we end.
import { randomBytes } from 'node:crypto';
import { FactoryError } from '../../errors.ts';
import { type PipedProgram, startPiped } from '../../run.ts';

export interface SmallShell {
  /** Returns what the program said; a status other than zero is an error. One program at a time. */
  run(program: string, args: readonly string[], cwd: string): Promise<string>;
  close(): void;
}

interface Order {
  readonly program: string;
  resolve(said: string): void;
  reject(error: Error): void;
}

/** The shell starts with the first order, and again with the next one should it have ended. */
export function makeSmallShell(env: NodeJS.ProcessEnv): SmallShell {
  const mark = randomBytes(12).toString('hex');
  const end = new RegExp(`([^]*?)\\n${mark} (\\d+)\\n`);
  const orders: Order[] = [];
  let shell: PipedProgram | undefined;
  let said = '';

  const settle = (): void => {
    for (let match = end.exec(said); match; match = end.exec(said)) {
      const [whole, output = '', status] = match;
      said = said.slice(whole.length);
      const order = orders.shift();
      if (status === '0') order?.resolve(output);
      else order?.reject(describeFailure(order.program, `status ${status}: ${output.trim()}`));
    }
    if (orders.length === 0) shell?.letGo();
  };
  const open = (): PipedProgram => {
    said = '';
    const opened = startPiped('/bin/sh', ['-s'], { env, cwd: '/' }, (text) => {
      said += text;
      settle();
    });
    void opened.ended.then(() => {
      if (shell === opened) shell = undefined;
      for (const order of orders.splice(0))
        order.reject(describeFailure(order.program, 'the shell has ended'));
    });
    return opened;
  };
  return {
    run: async (program, args, cwd) =>
      await new Promise<string>((resolve, reject) => {
        shell ??= open();
        orders.push({ program, resolve, reject });
        const command = [program, ...args].map(quote).join(' ');
        shell.write(
          `( cd ${quote(cwd)} && exec ${command} ) </dev/null 2>&1; printf '\\n%s %s\\n' ${mark} $?\n`,
        );
      }),
    close() {
      shell?.end();
      shell = undefined;
    },
  };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function describeFailure(program: string, why: string): FactoryError {
  return new FactoryError('CHILD_FAILED', `${program} ended with ${why}`);
}
