// What every command gets from the program around it. Nothing here reads the process: cli.ts fills it in.
import type { Command } from 'commander';
import type { Patience } from '../converge/request.ts';
import type { Folders } from './folders.ts';
import type { Output } from './output.ts';

export interface CommandContext {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly version: string;
  readonly folders: Folders;
  /** What stood behind `--`; undefined when there was no `--`. */
  readonly rest: readonly string[] | undefined;
  /** Fires on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Default: converging's own. */
  readonly patience?: Patience | undefined;
  /** How to start this program again: `node`, its own options, and the file. */
  readonly launch: { readonly program: string; readonly args: readonly string[] };
  /** All of standard input. */
  readInput(): Promise<string>;
  /** In the form that the command's options ask for. */
  openOutput(command: Command): Output;
  /** For commands whose exit status is a result. */
  setExitStatus(status: number): void;
}
