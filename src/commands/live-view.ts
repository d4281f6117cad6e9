// How progress looks on a terminal: finished phases as lines, and below them the phases under way, redrawn in place.
import type { createColors } from 'picocolors';
import { formatElapsed, OpenPhases, type ProgressView, type Write } from './progress-view.ts';

type Colors = ReturnType<typeof createColors>;

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const CLEAR_BELOW = '\x1b[0J';

export interface Screen {
  readonly write: Write;
  columns(): number;
  readonly colors: Colors;
}

export function makeLiveView({ write, columns, colors }: Screen, now: () => number): ProgressView {
  const open = new OpenPhases();
  const marks = { done: colors.green('✔'), skipped: colors.dim('↓'), failed: colors.red('✖') };
  let drawnLines = 0;
  let frame = 0;
  const clear = () => {
    if (drawnLines > 0) write(`\x1b[${drawnLines}A\r${CLEAR_BELOW}`);
    drawnLines = 0;
  };
  const draw = () => {
    const spinner = colors.cyan(FRAMES[frame % FRAMES.length] ?? '');
    const lines = open.list(now()).map(({ phase, detail, elapsedMs }) => {
      const text = `${phase} ${formatElapsed(elapsedMs)}${detail ? `  ${detail}` : ''}`;
      return `${spinner} ${text.slice(0, Math.max(10, columns() - 3))}\n`;
    });
    drawnLines = lines.length;
    write(lines.join(''));
  };
  return {
    tickMs: 100,
    show(event) {
      clear();
      if (event.type === 'warning') {
        write(`${colors.yellow('!')} ${event.message}\n`);
      } else {
        const elapsedMs = open.follow(event, now());
        const { phase, state, detail } = event;
        if (state === 'done' || state === 'failed' || state === 'skipped') {
          const more = [state === 'skipped' ? '' : formatElapsed(elapsedMs), detail ?? ''].filter(Boolean);
          write(`${marks[state]} ${phase} ${colors.dim(more.join('  '))}\n`);
        }
      }
      draw();
    },
    tick() {
      frame++;
      clear();
      draw();
    },
    close: clear,
  };
}
