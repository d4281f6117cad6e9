import { describe, expect, test } from 'vitest';
import { locateImage } from '../../../src/image/stores.ts';

const CONTEXT = { env: {}, dataDir: '/data' };

describe('locateImage', () => {
  test.each([
    ['db-artifact', 'layout', 'db-artifact:latest'],
    ['team/name:1', 'layout', 'team/name:1'],
    ['oci:out', 'layout', ''],
    ['oci:./some/out:1', 'layout', '1'],
    ['/tmp/image.tar', 'archive', ''],
    ['docker:name', 'docker', 'name:latest'],
    ['localhost:5000/team/name', 'registry', 'localhost:5000/team/name:latest'],
    ['docker:', 'docker', ''],
  ])('%s is in a %s as "%s"', (text, store, reference) => {
    const location = locateImage(text, CONTEXT);
    expect([location.store.name, location.reference]).toEqual([store, reference]);
  });

  test('an engine that can only be reached by ssh is refused with another way', async () => {
    const context = { ...CONTEXT, env: { DOCKER_HOST: 'ssh://host' } };
    const { store, reference } = locateImage('docker:name', context);
    await expect(store.findImage(reference)).rejects.toThrow(
      expect.objectContaining({ code: 'NOT_SUPPORTED', hint: expect.stringContaining('docker load') }),
    );
  });
});
