// docs/cli.md and the commands say the same, both ways.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import type { CommandContext } from '../../src/commands/context.ts';
import { getVariableName } from '../../src/commands/options.ts';
import { listCommands, makeProgram } from '../../src/commands/program.ts';

const DOCS = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

function getPath(command: Command): string {
  return command.parent ? `${getPath(command.parent)} ${command.name()}` : command.name();
}

function describeCommand(command: Command): string[] {
  const path = getPath(command);
  const options = command.options.filter(({ hidden }) => !hidden);
  return [
    `## ${path}`,
    command.description(),
    `${path} ${command.usage()}`,
    ...options.map((option) => {
      const choices = option.argChoices ? ` (${option.argChoices.join(', ')})` : '';
      return `| \`${option.flags}\` | \`${getVariableName(option)}\` | ${option.description}${choices} |`;
    }),
  ];
}

it('docs/cli.md lists every command and option with its meaning, and no other', () => {
  const commands = listCommands(makeProgram({ version: '0' } as CommandContext));
  const body = DOCS.slice(DOCS.indexOf('## '));
  const skipped = ['', '```', '| option | variable | meaning |', '|---|---|---|'];
  const lines = body.split('\n').filter((line) => !skipped.includes(line));
  expect(lines).toEqual(commands.flatMap(describeCommand));
});
