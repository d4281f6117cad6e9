// db-artifact completion: a script that lets a shell complete commands and options.
import { Argument, Command } from 'commander';
import type { CommandContext } from './context.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export function makeCompletionCommand(context: CommandContext): Command {
  const command = new Command('completion')
    .description('Print a completion script, for example: source <(db-artifact completion bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS));
  return command.action((shell: Shell) => {
    const output = context.openOutput(command);
    const program = command.parent ?? command;
    output.printText(shell === 'fish' ? formatFish(program) : formatBash(program, shell));
  });
}

/** Words that may follow, by the path of commands before them: `` for none, `local up` for two. */
function listWords(command: Command, path: readonly string[] = []): [path: string, words: string][] {
  const options = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? '');
  const words = [...command.commands.map((child) => child.name()), ...options].join(' ');
  return [
    [path.join(' '), words],
    ...command.commands.flatMap((child) => listWords(child, [...path, child.name()])),
  ];
}

function formatBash(program: Command, shell: 'bash' | 'zsh'): string {
  const cases = listWords(program).map(([path, words]) => `    '${path}') words='${words}' ;;`);
  return `${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_db_artifact() {
  local path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _db_artifact db-artifact
`;
}

function formatFish(program: Command): string {
  const lines = program.commands.flatMap((command) => [
    `complete -c db-artifact -n __fish_use_subcommand -f -a ${command.name()} -d ${quote(command.description())}`,
    ...[...command.commands].map(
      (child) =>
        `complete -c db-artifact -n '__fish_seen_subcommand_from ${command.name()}' -f -a ${child.name()}`,
    ),
    ...command.options.map(
      ({ long, description }) =>
        `complete -c db-artifact -n '__fish_seen_subcommand_from ${command.name()}' -l ${long?.slice(2)} -d ${quote(description)}`,
    ),
  ]);
  return `${lines.join('\n')}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
