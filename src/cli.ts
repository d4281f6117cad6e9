#!/usr/bin/env node
// The program: arguments, environment and signals in, exit status out. The only reader of process.argv and process.env.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { findFolders } from './commands/folders.ts';
import { openTerminal } from './commands/output.ts';
import { runCommandLine } from './commands/program.ts';

/** Put in by the bundler. */
declare const DB_ARTIFACT_VERSION: string | undefined;

const [, calledAs = '', ...args] = process.argv;
// The SDK announces the end of Node 20 on stderr with each call; which Node to use is not for it to say here.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
const file = realpathSync(calledAs);
const isRoot = process.getuid?.() === 0;
process.exitCode = await runCommandLine({
  args,
  calledBy: basename(calledAs),
  env: process.env,
  platform: process.platform,
  version: findVersion(),
  folders: findFolders(process.env, { homeDir: homedir(), isRoot }),
  signal: catchSignals(),
  launch: { program: process.execPath, args: [...process.execArgv, findServerProgram()] },
  terminal: openTerminal(),
  readInput: async () => await text(process.stdin),
});

/** A server that runs for days must not miss parts of itself after an update: it is started from the one-file program. */
function findServerProgram(): string {
  const program = join(dirname(file), 'program.js');
  return existsSync(program) ? program : file;
}

function findVersion(): string {
  if (typeof DB_ARTIFACT_VERSION === 'string') return DB_ARTIFACT_VERSION;
  const path = join(dirname(dirname(file)), 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

/** The first asks for an orderly end, a second one does not wait for it. */
function catchSignals(): AbortSignal {
  const controller = new AbortController();
  for (const [name, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(status);
      controller.abort(name);
    });
  }
  return controller.signal;
}
