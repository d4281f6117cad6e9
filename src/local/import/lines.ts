// Passes a text of any size through, line by line. Knows nothing of what the lines say.
import { Transform } from 'node:stream';

const LINE_END = 10;

/** `rewrite` gets each line with its end, and returns what takes its place; undefined leaves it out. */
export function rewriteLines(rewrite: (line: Buffer) => Buffer | undefined): Transform {
  let open: Buffer[] = [];
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      try {
        const kept: Buffer[] = [];
        let start = 0;
        for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, start)) {
          const part = chunk.subarray(start, end + 1);
          const line = rewrite(open.length === 0 ? part : Buffer.concat([...open, part]));
          open = [];
          start = end + 1;
          if (line) kept.push(line);
        }
        if (start < chunk.length) open.push(chunk.subarray(start));
        callback(null, kept.length === 0 ? undefined : Buffer.concat(kept));
      } catch (error) {
        callback(error as Error);
      }
    },
    flush(callback) {
      callback(null, open.length === 0 ? undefined : rewrite(Buffer.concat(open)));
    },
  });
}
