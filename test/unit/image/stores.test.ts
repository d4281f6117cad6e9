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
    ['docker:', 'docker', ''],
  ])('%s is in a %s as "%s"', (text, store, reference) => {
    const location = locateImage(text, CONTEXT);
    expect([location.store.name, location.reference]).toEqual([store, reference]);
  });

  test('an engine that can only be reached by ssh is refused with another way', () => {
    const context = { ...CONTEXT, env: { DOCKER_HOST: 'ssh://host' } };
    expect(() => locateImage('docker:name', context)).toThrow(
      expect.objectContaining({ code: 'NOT_SUPPORTED', hint: expect.stringContaining('docker load') }),
    );
  });
});
