// Builds the sample artifact as one process, bundled as the program is: DATA-FOLDER PROGRAM TITLE BASE STORE... (BASE may be empty).
// It is `db-artifact build` without the questions to RDS, which no other tool asks.
import { packArtifact } from '../../src/build/pack-artifact.ts';
import { makeSampleArtifact } from '../../test/support/sample-artifact.ts';

const [dataDir, programPath, title, base, ...stores] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
await packArtifact(
  makeSampleArtifact(`title = ${title}`),
  { tags: [], stores, platforms: [], dataDir, programPath, base: base || undefined, env: process.env },
  () => {},
);
