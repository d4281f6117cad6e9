// In place of the real program in an image: tells what it sees and may do there, and ends with 7.
export const SAMPLE_PROGRAM = `
import { readFileSync, writeFileSync } from 'node:fs';
const input = readFileSync(0, 'utf8');
const file = process.env.AWS_SHARED_CREDENTIALS_FILE;
const tryWrite = () => { try { writeFileSync('/app/x', ''); return 'written'; } catch (e) { return e.code; } };
console.log(JSON.stringify({
  args: process.argv.slice(2), uid: process.getuid(), spec: process.env.DB_ARTIFACT_IMAGE_SPEC,
  artifact: JSON.parse(readFileSync(process.env.DB_ARTIFACT_IMAGE_SPEC, 'utf8')).spec.source.clusterId,
  inputBytes: input.length, credentials: file && readFileSync(file, 'utf8'), region: process.env.AWS_REGION,
  write: tryWrite(),
}));
process.exitCode = 7;
`;
