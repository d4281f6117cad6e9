// Writes images into a layout until it is done or killed: FOLDER NAME COUNT.
import { makeLayoutStore } from '../../src/image/layout-store.ts';
import { makeSampleImage } from './sample-image.ts';

const [folder, name, count] = process.argv.slice(2) as [string, string, string];
const store = makeLayoutStore(folder, { removesUnusedBlobs: true });
for (let i = 0; i < Number(count); i++) {
  await store.writeImage(`${name}:${i}`, [await makeSampleImage({ text: `${name}${i}` })]);
  process.stdout.write('written\n');
}
