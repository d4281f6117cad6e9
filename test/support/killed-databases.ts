// Opens databases on a folder, makes what it is told to, says `done`, and waits to be killed.
// Arguments: folder, then ids of clusters to make with an instance; `ID+reader` with two, `ID+warm` with a spare.
import {
  openLocalDatabases,
  putCluster,
  putInstance,
  putOpenGroup,
  putReader,
  waitForCluster,
  waitForInstance,
  waitUntil,
} from './local-cluster.ts';

const [dataDir = '', ...ids] = process.argv.slice(2);
const local = await openLocalDatabases(dataDir);
await putOpenGroup(local);
for (const [id = '', more] of ids.map((word) => word.split('+'))) {
  await putCluster(local, id);
  await waitForCluster(local, id, 'available');
  await putInstance(local, id);
  await waitForInstance(local, `${id}-1`, 'available');
  if (more === 'reader') {
    await putReader(local, id);
    await waitForInstance(local, `${id}-2`, 'available');
  }
  if (more === 'warm') {
    const tags = { 'db-artifact:warm': '1' };
    await local.store.clusters.update(id, (record) => ({ ...record, tags }));
    await waitUntil('a spare', local, async () => {
      return (await local.databases.describe()).clusters[0]?.spares === 1 || undefined;
    });
  }
}
process.stdout.write('done\n');
setInterval(() => {}, 1000);
