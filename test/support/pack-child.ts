// Packs the sample artifact until it is done or killed: DATA-FOLDER PROGRAM.
import { packArtifact } from '../../src/build/pack-artifact.ts';
import { makeSampleArtifact } from './sample-artifact.ts';

const [dataDir, programPath] = process.argv.slice(2) as [string, string];
const env = { DOCKER_HOST: `unix://${dataDir}/no-engine` };
await packArtifact(
  makeSampleArtifact(),
  { tags: [], stores: [], platforms: [], dataDir, programPath, env },
  () => {},
);
