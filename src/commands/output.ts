// The only file that prints: results to stdout; progress, warnings and errors to stderr.
import { createColors } from 'picocolors';
import { type ErrorCode, FactoryError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { describeError, type ErrorPlace, formatErrorText, toErrorDocument } from './error-report.ts';
import { makeLiveView } from './live-view.ts';
import { makeJsonView, makePlainView, type ProgressView, SILENT_VIEW } from './progress-view.ts';

export const OUTPUT_FORMATS = ['table', 'json', 'yaml', 'env', 'url'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];
export const PROGRESS_FORMATS = ['auto', 'live', 'plain', 'json', 'none'] as const;

export interface OutputOptions {
  readonly output?: OutputFormat | undefined;
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly progress?: (typeof PROGRESS_FORMATS)[number] | undefined;
  readonly debug?: boolean | undefined;
}

/** A result in every form that makes sense for it. */
export interface Printable {
  /** One object; lists under `items`. */
  readonly document: Readonly<Record<string, unknown>>;
  /** For people. */
  readonly text: string;
  /** With --quiet: names or ids, one a line. */
  readonly brief: string;
  /** Holds secrets. */
  readonly url?: string | undefined;
  readonly env?: string | undefined;
}

export interface Terminal {
  writeOut(text: string): void;
  writeErr(text: string): void;
  /** Of stderr. */
  readonly isTerminal: boolean;
  columns(): number;
}

export interface Output {
  readonly format: OutputFormat;
  readonly progress: Progress;
  print(result: Printable): Promise<void>;
  /** Text as it is, with a newline at its end. */
  printText(text: string): void;
  /** A line for people on stderr; not with --quiet. */
  note(text: string): void;
  warn(message: string): void;
  /** A line with its time on stderr, for a server's own log. */
  log(line: string): void;
  /** What an error from now on is about. */
  setPlace(place: ErrorPlace): void;
  /** Prints what was thrown; returns the exit status. */
  printError(thrown: unknown): Promise<number>;
  /** Takes the live list off the terminal, for a program that uses it; progress brings it back. */
  pause(): void;
  /** Ends the live list; safe to repeat. */
  close(): void;
}

const SCHEMA_VERSION = 1;
/** No reason to ask the publisher of an artifact. */
const OWN_DOING: readonly ErrorCode[] = ['BAD_INVOCATION', 'INTERRUPTED'];

export function openTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error; // the reader, such as `head`, has seen enough
    });
  }
  return {
    writeOut: (text) => process.stdout.write(text),
    writeErr: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    columns: () => process.stderr.columns || 80,
  };
}

export function openOutput(terminal: Terminal, options: OutputOptions, env: NodeJS.ProcessEnv): Output {
  const format = options.json ? 'json' : (options.output ?? 'table');
  const view = pickView(terminal, options, env);
  const timer = setInterval(() => view.tick(), view.tickMs);
  timer.unref();
  let failedPhase: string | undefined;
  let place: ErrorPlace = {};
  const close = () => {
    clearInterval(timer);
    view.close();
  };
  const printText = (text: string) => {
    close();
    terminal.writeOut(text.endsWith('\n') || text === '' ? text : `${text}\n`);
  };
  return {
    format,
    progress(event) {
      if (event.type === 'phase' && event.state === 'failed') failedPhase ??= event.phase;
      view.show(event);
    },
    print: async (result) => printText(await formatResult(result, format, options.quiet ?? false)),
    printText,
    note(text) {
      if (options.quiet) return;
      view.close();
      terminal.writeErr(`${text}\n`);
    },
    warn: (message) => view.show({ type: 'warning', message }),
    log: (line) => terminal.writeErr(`${new Date().toISOString()} ${line}\n`),
    setPlace(about) {
      place = { ...place, ...about };
    },
    async printError(thrown) {
      close();
      const error = describeError(thrown);
      const document = toErrorDocument(error, { phase: failedPhase, ...place });
      if (format === 'json') terminal.writeOut(`${toJson(document)}\n`);
      else if (format === 'yaml') terminal.writeOut(await toYaml(document));
      terminal.writeErr(`${formatErrorText(error, options.debug ?? false)}\n`);
      if (place.contact && !OWN_DOING.includes(error.code)) {
        const line = `Ask the publisher: ${place.contact}\n`;
        if (format === 'table') terminal.writeOut(line);
        else terminal.writeErr(line);
      }
      return error.exitStatus;
    },
    pause: () => view.close(),
    close,
  };
}

async function formatResult(result: Printable, format: OutputFormat, isQuiet: boolean): Promise<string> {
  if (format === 'json') return toJson(result.document);
  if (format === 'yaml') return await toYaml(result.document);
  if (format === 'table') return isQuiet ? result.brief : result.text;
  const text = result[format];
  if (text !== undefined) return text;
  throw new FactoryError('BAD_INVOCATION', `this command has no output format ${format}`, {
    hint: 'Use table, json or yaml.',
  });
}

async function toYaml(document: object): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify({ schemaVersion: SCHEMA_VERSION, ...document });
}

function toJson(document: object): string {
  return JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...document }, null, 2);
}

/** A live list needs a terminal that can move its cursor, and somebody before it. */
function pickView(terminal: Terminal, options: OutputOptions, env: NodeJS.ProcessEnv): ProgressView {
  const { writeErr: write, columns } = terminal;
  const asked = options.progress ?? 'auto';
  if (asked === 'none' || (options.quiet && asked === 'auto')) return SILENT_VIEW;
  if (asked === 'json') return makeJsonView(write, Date.now);
  const isLive = terminal.isTerminal && env['TERM'] !== 'dumb' && !env['CI'];
  if (asked === 'plain' || (asked === 'auto' && !isLive)) return makePlainView(write, Date.now);
  return makeLiveView({ write, columns, colors: createColors(!env['NO_COLOR']) }, Date.now);
}
