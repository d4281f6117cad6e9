import { describe, expect, it } from 'vitest';
import { type OutputOptions, openOutput } from '../../../src/commands/output.ts';
import { FactoryError } from '../../../src/errors.ts';

function open(options: OutputOptions) {
  const written = { out: '', err: '' };
  const terminal = {
    writeOut: (text: string) => {
      written.out += text;
    },
    writeErr: (text: string) => {
      written.err += text;
    },
    isTerminal: false,
    columns: () => 80,
  };
  return { written, output: openOutput(terminal, options, {}) };
}

const RESULT = { document: { name: 'a' }, text: 'name  a', brief: 'a' };

describe('output', () => {
  it.each([
    [{}, 'name  a\n'],
    [{ quiet: true }, 'a\n'],
    [{ json: true }, '{\n  "schemaVersion": 1,\n  "name": "a"\n}\n'],
    [{ output: 'yaml' } as const, 'schemaVersion: 1\nname: a\n'],
  ])('prints a result with %j', async (options, text) => {
    const { written, output } = open(options);
    await output.print(RESULT);
    expect(written).toEqual({ out: text, err: '' });
  });

  it('refuses a form that a result does not have', async () => {
    await expect(open({ output: 'url' }).output.print(RESULT)).rejects.toThrow('no output format url');
  });

  it('says a change once, however often it is reported', () => {
    const { written, output } = open({});
    for (const _ of [1, 2]) {
      output.progress({ type: 'phase', phase: 'cluster a', state: 'waiting', detail: 'status creating' });
    }
    output.close();
    expect(written).toEqual({ out: '', err: 'cluster a: waiting (status creating)\n' });
  });

  it('gives progress as one JSON event per line', () => {
    const { written, output } = open({ progress: 'json' });
    output.progress({ type: 'phase', phase: 'image', state: 'started' });
    output.close();
    expect(JSON.parse(written.err)).toMatchObject({
      type: 'phase',
      phase: 'image',
      state: 'started',
      detail: null,
    });
  });

  it('prints an error with its problems, its hint and the publisher', async () => {
    const { written, output } = open({});
    output.setPlace({ contact: 'ops@shop.example' });
    const error = new FactoryError('CONFLICT', 'it differs', { problems: ['port'], hint: 'Choose.' });
    expect(await output.printError(error)).toBe(7);
    expect(written.err).toBe('error: it differs\n  port\nHint: Choose.\n');
    expect(written.out).toBe('Ask the publisher: ops@shop.example\n');
  });

  it('calls anything else a bug, and shows where it is from only with --debug', async () => {
    const { written, output } = open({});
    expect(await output.printError(new TypeError('x is undefined'))).toBe(70);
    expect(written.err).not.toContain('output.test.ts');
    const debug = open({ debug: true });
    await debug.output.printError(new TypeError('x is undefined'));
    expect(debug.written.err).toContain('output.test.ts');
  });
});
