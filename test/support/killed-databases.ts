// Opens databases on a folder, makes what it is told to, says `done`, and waits to be killed.
// Arguments: folder, then ids of clusters to make with an instance; `ID+reader` with two.
import {
  openLocalDatabases,
  putCluster,
  putInstance,
  putOpenGroup,
  putReader,
  waitForCluster,
  waitForInstance,
} from './local-cluster.ts';

const [dataDir = '', ...ids] = process.argv.slice(2);
const local = await openLocalDatabases(dataDir);
await putOpenGroup(local);
for (const [id = '', reader] of ids.map((word) => word.split('+'))) {
  await putCluster(local, id);
  await waitForCluster(local, id, 'available');
  await putInstance(local, id);
  await waitForInstance(local, `${id}-1`, 'available');
  if (reader === undefined) continue;
  await putReader(local, id);
  await waitForInstance(local, `${id}-2`, 'available');
}
process.stdout.write('done\n');
setInterval(() => {}, 1000);
