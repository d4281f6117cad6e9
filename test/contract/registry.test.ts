// The registry client against a real registry whose answers are disturbed on the way.
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkStream, collectBytes, getDigest, makeBlob } from '../../src/image/digest.ts';
import type { Blob, Image } from '../../src/image/image.ts';
import { makeLayoutStore } from '../../src/image/layout-store.ts';
import { BASE_NAME_ANNOTATION, OCI } from '../../src/image/media-types.ts';
import { makeRegistryStore, type RegistryOptions } from '../../src/image/registry/store.ts';
import { makeCertificate } from '../support/certificates.ts';
import { type Fault, type FaultProxy, type SeenRequest, startFaultProxy } from '../support/fault-proxy.ts';
import { startRegistry, type TestRegistry } from '../support/image-servers.ts';
import { describeIfMet } from '../support/needs.ts';
import { findMissingProgram } from '../support/programs.ts';
import { makeSampleImage } from '../support/sample-image.ts';

let registry: TestRegistry;
let proxy: FaultProxy;
let folder: string;
let image: Image;

function openStore(options: Partial<RegistryOptions> = {}) {
  return makeRegistryStore({ env: {}, retry: { tries: 4, firstDelayMs: 1 }, ...options });
}

function name(repository: string): string {
  return `${proxy.host}/${repository}`;
}

/** The first `count` requests that match fail so. */
function failFirst(count: number, matches: (seen: SeenRequest) => boolean, fault: Fault): void {
  let left = count;
  proxy.fault = (seen) => {
    if (left <= 0 || !matches(seen)) return undefined;
    left--;
    return fault;
  };
}

const isUpload = ({ method }: SeenRequest) => method === 'PUT';
const isBlobRead = ({ method, url }: SeenRequest) => method === 'GET' && url.includes('/blobs/');

function listRequests(): readonly string[] {
  return proxy.seen.map(({ method, url }) => `${method} ${url.replace(/sha256.*/, 'DIGEST')}`);
}

async function readFirstLayer(of: Image | undefined): Promise<Buffer> {
  const layer = of?.layers[0];
  if (layer === undefined) throw new Error('there is no layer');
  return await collectBytes(checkStream(layer.open(), layer.descriptor));
}

const missing = findMissingProgram('docker-registry');
describeIfMet('docker-registry', missing)('a registry', () => {
  beforeAll(async () => {
    registry = await startRegistry();
    image = await makeSampleImage();
    await makeRegistryStore({ env: {} }).writeImage(`${registry.host}/team/demo:1`, [image]);
  });
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    proxy = await startFaultProxy(registry.host);
    folder = await mkdtemp(join(tmpdir(), 'registry-test-'));
  });
  afterEach(async () => {
    await proxy[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  describe('that is well', () => {
    test('is asked for manifest and config alone when an image is inspected', async () => {
      const found = await openStore().findImage(name('team/demo:1'));
      expect(found?.digest).toBe(image.digest);
      expect(listRequests()).toEqual([
        'GET /v2/',
        'GET /v2/team/demo/manifests/1',
        'GET /v2/team/demo/blobs/DIGEST',
      ]);
    });

    test('finds an image by its digest', async () => {
      const found = await openStore().findImage(name(`team/demo@${image.digest}`));
      expect(found?.digest).toBe(image.digest);
    });

    test('gets nothing but questions when it has everything', async () => {
      const again = await openStore().writeImage(name('team/demo:1'), [image]);
      expect(again.writtenBytes).toBe(0);
      expect(proxy.seen.filter(({ method }) => method !== 'HEAD' && method !== 'GET')).toEqual([]);
    });

    test('mounts the layers of a base from its own repository', async () => {
      const base = name('team/demo:1');
      const own = await makeSampleImage({ text: 'own', annotations: { [BASE_NAME_ANNOTATION]: base } });
      const written = await openStore().writeImage(name('other/own:1'), [own]);
      expect(written.writtenBytes).toBeLessThan(image.layers[0]?.descriptor.size ?? 0);
      const found = await openStore().findImage(name('other/own:1'));
      expect(await readFirstLayer(found)).toHaveLength(image.layers[0]?.descriptor.size ?? 0);
    });

    test('takes a large layer without a word of warning', async () => {
      const warnings: Error[] = [];
      const remember = (warning: Error) => warnings.push(warning);
      process.on('warning', remember);
      const large = makeBlob(OCI.layer, Buffer.alloc(20_000_000, 'x'));
      const pieces = Array.from({ length: 40 }, () => Buffer.alloc(500_000, 'x'));
      const layer: Blob = {
        ...large,
        async *open() {
          yield* pieces;
        },
      };
      const { layers, manifest } = image;
      const described = { ...manifest, layers: [...manifest.layers, layer.descriptor] };
      const manifestBytes = Buffer.from(JSON.stringify(described));
      const made = { ...image, manifest: described, manifestBytes, layers: [...layers, layer] };
      const written = await openStore().writeImage(name('large/demo:1'), [made]);
      process.off('warning', remember);
      expect(written.writtenBytes).toBeGreaterThan(20_000_000);
      expect(warnings).toEqual([]);
    });

    test('takes blobs in pieces when asked', async () => {
      const pieces = await makeSampleImage({ text: 'pieces' });
      await openStore({ chunkBytes: 100_000 }).writeImage(name('pieces/demo:1'), [pieces]);
      expect(proxy.seen.filter(({ method }) => method === 'PATCH')).toHaveLength(4);
      expect((await openStore().findImage(name('pieces/demo:1')))?.digest).toBe(pieces.digest);
    });
  });

  describe('that is busy or far away', () => {
    test('is asked again after the time that it says', async () => {
      failFirst(1, ({ url }) => url !== '/v2/', { answer: 429, headers: { 'retry-after': '1' } });
      const startedAt = performance.now();
      const found = await openStore({ retry: { tries: 2, firstDelayMs: 60_000 } }).findImage(
        name('team/demo:1'),
      );
      expect(found?.digest).toBe(image.digest);
      expect(performance.now() - startedAt).toBeGreaterThan(900);
    });

    test.each<[string, Fault]>([
      ['answers 500', { answer: 500 }],
      ['resets the connection', { reset: true }],
    ])('is asked again when it %s, in reading and writing', async (title, fault) => {
      failFirst(2, ({ url }) => url !== '/v2/', fault);
      expect((await openStore().findImage(name('team/demo:1')))?.digest).toBe(image.digest);
      failFirst(2, isUpload, fault);
      const written = await openStore().writeImage(name(`busy/${title.split(' ')[0]}:1`), [image]);
      expect(written.digest).toBe(image.digest);
    });

    test('gets again what it had and no longer finds when the manifest comes', async () => {
      const isBlobLook = ({ method, url }: SeenRequest) => method === 'HEAD' && url.includes('/blobs/');
      failFirst(2, isBlobLook, { answer: 200 });
      const other = await makeSampleImage({ text: 'collected' });
      await openStore().writeImage(name('team/collected:1'), [other]);
      expect((await openStore().findImage(name('team/collected:1')))?.digest).toBe(other.digest);
    });

    test('is waited for when it is slow, and asked again when it is silent', async () => {
      failFirst(2, ({ url }) => url !== '/v2/', { delayMs: 300 });
      expect((await openStore().findImage(name('team/demo:1')))?.digest).toBe(image.digest);
      proxy.seen.length = 0;
      failFirst(1, ({ url }) => url.includes('/manifests/'), { delayMs: 60_000 });
      expect((await openStore({ idleMs: 300 }).findImage(name('team/demo:1')))?.digest).toBe(image.digest);
      expect(proxy.seen.filter(({ url }) => url.includes('/manifests/'))).toHaveLength(2);
      failFirst(100, ({ url }) => url !== '/v2/', { delayMs: 60_000 });
      const find = openStore({ idleMs: 100, retry: { tries: 2, firstDelayMs: 1 } });
      await expect(find.findImage(name('team/demo:1'))).rejects.toMatchObject({
        code: 'NETWORK_FAILED',
        message: expect.stringContaining('no answer for 0.1 s'),
      });
    });

    test('is given up with its own words', async () => {
      failFirst(100, ({ url }) => url !== '/v2/', { answer: 503, body: '<html>\n  under\nrepair</html>' });
      const find = openStore().findImage(name('team/demo:1'));
      await expect(find).rejects.toThrow(/answered HTTP 503: <html> under repair<\/html>$/);
      expect(proxy.seen.filter(({ url }) => url !== '/v2/')).toHaveLength(4);
    });

    test.each([1, 3])('sends the rest of a blob after its connection broke %i times', async (times) => {
      const found = await openStore().findImage(name('team/demo:1'));
      failFirst(times, isBlobRead, { cutAfterBytes: 80_000 });
      proxy.seen.length = 0;
      expect((await readFirstLayer(found)).equals(await readFirstLayer(image))).toBe(true);
      const ranges = proxy.seen.map(({ headers }) => headers.range);
      expect(ranges).toHaveLength(times + 1);
      expect(ranges.slice(1).every((range) => /^bytes=\d+-$/.test(range ?? ''))).toBe(true);
    });

    test('is not asked for ever for a blob of which nothing comes', async () => {
      const found = await openStore().findImage(name('team/demo:1'));
      failFirst(100, isBlobRead, { cutAfterBytes: 0 });
      await expect(readFirstLayer(found)).rejects.toThrow(
        expect.objectContaining({ code: 'NETWORK_FAILED' }),
      );
    });
  });

  describe('whose uploads break', () => {
    const isPiece = ({ method }: SeenRequest) => method === 'PATCH';

    /** Pushes in four pieces, the third of which fails so; what was asked for the large blob. */
    async function pushBroken(title: string, matches: typeof isPiece, fault: Fault, chunkBytes?: number) {
      let count = 0;
      proxy.fault = (seen) => (matches(seen) && ++count === 3 ? fault : undefined);
      const pushed = await makeSampleImage({ text: title });
      await openStore({ chunkBytes }).writeImage(name(`${title}/demo:1`), [pushed]);
      const found = await openStore().findImage(name(`${title}/demo:1`));
      expect((await readFirstLayer(found)).equals(await readFirstLayer(pushed))).toBe(true);
      return proxy.seen.flatMap(({ method, headers }) =>
        isPiece({ method, headers, url: '' }) ? [headers['content-range']] : [],
      );
    }

    test.each<[string, Fault]>([
      ['reset', { reset: true }],
      ['busy', { answer: 503 }],
    ])('gets the rest when a piece did not arrive: %s', async (title, fault) => {
      expect(await pushBroken(title, isPiece, fault, 100_000)).toEqual([
        '0-99999',
        '100000-199999',
        '200000-299999', // broken
        '200000-299999',
        '300000-300292',
      ]);
    });

    test.each<[string, Fault]>([
      ['cut', { cutRequestAfterBytes: 50_000 }],
      ['swallowed', { swallow: true }],
    ])('gets everything anew when it has lost count: %s', async (title, fault) => {
      const ranges = await pushBroken(title, isPiece, fault, 100_000);
      // What came of the broken piece may be counted only after it was asked for: then the rest is tried first.
      expect(ranges.slice(-4)).toEqual(['0-99999', '100000-199999', '200000-299999', '300000-300292']);
    });

    test('gets everything anew when it has not what it says', async () => {
      proxy.fault = (seen) => {
        if (seen.method !== 'GET' || !seen.url.includes('/uploads/')) return undefined;
        return { answer: 204, headers: { range: '0-249999' } };
      };
      const faults = proxy.fault;
      let pieces = 0;
      proxy.fault = (seen) => (isPiece(seen) && ++pieces === 3 ? { reset: true } : faults(seen));
      const pushed = await makeSampleImage({ text: 'wrong count' });
      await openStore({ chunkBytes: 100_000 }).writeImage(name('count/demo:1'), [pushed]);
      const found = await openStore().findImage(name('count/demo:1'));
      expect((await readFirstLayer(found)).equals(await readFirstLayer(pushed))).toBe(true);
    });

    /** Larger than a piece. */
    async function pushLarge(title: string): Promise<void> {
      const large = makeBlob(OCI.layer, Buffer.alloc(20_000_000, title));
      const described = { ...image.manifest, layers: [...image.manifest.layers, large.descriptor] };
      const manifestBytes = Buffer.from(JSON.stringify(described));
      const layers = [...image.layers, large];
      const digest = getDigest(manifestBytes);
      const pushed = { ...image, digest, manifest: described, manifestBytes, layers };
      await openStore().writeImage(name(`${title}/demo:1`), [pushed]);
      const found = await openStore().findImage(name(`${title}/demo:1`));
      expect(found?.digest).toBe(digest);
    }

    const isLarge = ({ method, headers }: SeenRequest) =>
      method === 'PUT' && headers['content-length'] === '20000000';

    test('in one request gets it in pieces, the broken one of which again', async () => {
      let pieces = 0;
      proxy.fault = (seen) => {
        if (isLarge(seen)) return { cutRequestAfterBytes: 5_000_000 };
        return isPiece(seen) && ++pieces === 2 ? { reset: true } : undefined;
      };
      await pushLarge('pieces-after');
      const ranges = proxy.seen.filter(isPiece).map(({ headers }) => headers['content-range']);
      expect(ranges).toEqual(['0-8388607', '8388608-16777215', '8388608-16777215', '16777216-19999999']);
    });

    test('in one request gets it so again when it takes no pieces', async () => {
      let whole = 0;
      proxy.fault = (seen) => {
        if (isLarge(seen) && ++whole === 1) return { reset: true };
        return isPiece(seen) ? { answer: 405 } : undefined;
      };
      await pushLarge('no-pieces');
      expect(whole).toBe(2);
    });
  });

  describe('that refuses', () => {
    const denied = JSON.stringify({ errors: [{ code: 'DENIED', message: 'not for you' }] });

    test.each([
      [401, 'NOT_AUTHENTICATED'],
      [403, 'NOT_AUTHORIZED'],
      [413, 'STORE_FAILED'],
    ])('with %i is not asked again', async (status, code) => {
      failFirst(100, ({ url }) => url !== '/v2/', { answer: status, body: denied });
      const find = openStore().findImage(name('team/demo:1'));
      await expect(find).rejects.toThrow(
        expect.objectContaining({ code, message: expect.stringContaining(': DENIED not for you') }),
      );
      expect(proxy.seen.filter(({ url }) => url !== '/v2/')).toHaveLength(1);
    });

    test('an upload before its end is not sent the rest', async () => {
      failFirst(100, isUpload, { early: 413 });
      const startedAt = performance.now();
      const write = openStore({ retry: { tries: 1, firstDelayMs: 1 } }).writeImage(name('early/demo:1'), [
        image,
      ]);
      await expect(write).rejects.toThrow(/HTTP 413: too large|connection|EPIPE|ECONNRESET/);
      expect(performance.now() - startedAt).toBeLessThan(3000);
    });

    test('is no error where there is no such image', async () => {
      expect(await openStore().findImage(name('team/demo:none'))).toBeUndefined();
      expect(await openStore().findImage(name('team/none:1'))).toBeUndefined();
    });
  });

  describe('that lies', () => {
    const flip = (body: Buffer) => {
      body[0] = (body[0] as number) ^ 1;
      return body;
    };

    test('about a layer is found out, and nothing is kept', async () => {
      const found = (await openStore().findImage(name('team/demo:1'))) as Image;
      const [first] = found.manifest.layers;
      failFirst(1, (seen) => isBlobRead(seen) && seen.url.includes(String(first?.digest)), { change: flip });
      const store = makeLayoutStore(folder, { removesUnusedBlobs: true });
      await expect(store.writeImage('demo:1', [found])).rejects.toThrow(
        expect.objectContaining({ code: 'IMAGE_DAMAGED' }),
      );
      expect(await store.findImage('demo:1')).toBeUndefined();
      const kept = await readdir(join(folder, 'blobs/sha256'));
      const others = [found.manifest.config, ...found.manifest.layers.slice(1)].map(({ digest }) => digest);
      expect(others).toEqual(expect.arrayContaining(kept.map((name) => `sha256:${name}`)));
    });

    test('about a manifest is found out', async () => {
      failFirst(1, ({ url }) => url.includes('/manifests/'), { change: flip });
      await expect(openStore().findImage(name('team/demo:1'))).rejects.toThrow(
        'sent a manifest that is not sha256:',
      );
    });
  });

  describe('that redirects', () => {
    test('to another place does not get the login sent there', async () => {
      await using storage = await startFaultProxy(registry.host);
      proxy.fault = (seen) => {
        if (seen.headers.authorization === undefined) {
          return { answer: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
        }
        if (!isBlobRead(seen)) return undefined;
        return { answer: 307, headers: { location: `http://${storage.host}${seen.url}` } };
      };
      const env = await writeLogin({ auths: { [proxy.host]: { auth: encode('user:pass:word') } } });
      const found = await openStore({ env }).findImage(name('team/demo:1'));
      expect(await readFirstLayer(found)).toHaveLength(image.layers[0]?.descriptor.size ?? 0);
      expect(storage.seen).not.toHaveLength(0);
      expect(storage.seen.every(({ headers }) => headers.authorization === undefined)).toBe(true);
      expect(proxy.seen.at(-1)?.headers.authorization).toBe(`Basic ${encode('user:pass:word')}`);
    });
  });

  describe('that speaks TLS', () => {
    test('with a certificate of nobody known is refused, saying what to do', async () => {
      await using secure = await startRegistry(writeTlsFiles(folder));
      const find = makeRegistryStore({ env: {} }).findImage(`${secure.host}/team/demo:1`);
      await expect(find).rejects.toThrow(
        expect.objectContaining({
          code: 'NETWORK_FAILED',
          hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
        }),
      );
    });
  });

  describe('that wants tokens', () => {
    /** A token server in the proxy; `accepts` sees the request for a token. */
    function demandTokens(accepts: (seen: SeenRequest) => boolean): void {
      proxy.fault = (seen) => {
        if (seen.url.startsWith('/token')) {
          const body = JSON.stringify({ token: 'a-token', expires_in: 300 });
          return accepts(seen) ? { answer: 200, body } : { answer: 401 };
        }
        if (seen.headers.authorization === 'Bearer a-token') return undefined;
        const challenge = `Bearer realm="http://${proxy.host}/token",service="registry"`;
        return { answer: 401, headers: { 'www-authenticate': challenge } };
      };
    }

    test('is asked for one token, however many requests wait for it', async () => {
      demandTokens(() => true);
      await openStore().writeImage(name('tokens/demo:1'), [image]);
      const asked = proxy.seen.filter(({ url }) => url.startsWith('/token'));
      expect(asked.map(({ url }) => decodeURIComponent(url))).toEqual([
        '/token?service=registry&scope=repository:tokens/demo:pull,push',
      ]);
    });

    test('gets the login of a credential helper', async () => {
      demandTokens(({ headers }) => headers.authorization === `Basic ${encode('robot:secret')}`);
      const env = await writeLogin({ credHelpers: { [proxy.host]: 'test' } });
      await writeHelper('cat >/dev/null; echo \'{"Username":"robot","Secret":"secret"}\'');
      expect((await openStore({ env }).findImage(name('team/demo:1')))?.digest).toBe(image.digest);
    });

    test('gets the identity token of a credential helper', async () => {
      demandTokens(({ method }) => method === 'POST');
      const env = await writeLogin({ credsStore: 'test' });
      await writeHelper('cat >/dev/null; echo \'{"Username":"<token>","Secret":"identity"}\'');
      expect((await openStore({ env }).findImage(name('team/demo:1')))?.digest).toBe(image.digest);
    });

    test('is asked anonymously when the helper knows no login', async () => {
      demandTokens(({ headers }) => headers.authorization === undefined);
      const env = await writeLogin({ credsStore: 'test' });
      await writeHelper('echo "credentials not found in native keychain"; exit 1');
      expect((await openStore({ env }).findImage(name('team/demo:1')))?.digest).toBe(image.digest);
    });

    test('a helper that fails is named', async () => {
      demandTokens(() => true);
      const env = await writeLogin({ credsStore: 'test' });
      await writeHelper('echo "the vault is locked" >&2; exit 1');
      const find = openStore({ env }).findImage(name('team/demo:1'));
      await expect(find).rejects.toThrow('docker-credential-test failed for');
      await expect(find).rejects.toThrow('the vault is locked');
    });

    test('a wrong login is one clear line', async () => {
      demandTokens(() => false);
      const env = await writeLogin({ auths: { [proxy.host]: { auth: encode('user:wrong') } } });
      const find = openStore({ env }).findImage(name('team/demo:1'));
      await expect(find).rejects.toThrow(/refused the login \(HTTP 401\)$/);
    });
  });
});

/** Returns the lines for the registry's configuration. */
function writeTlsFiles(folder: string): string {
  const { keyPath, certificatePath } = makeCertificate(folder, 'localhost');
  return `, tls: {certificate: ${certificatePath}, key: ${keyPath}}`;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** A Docker configuration of its own; the returned environment leads to it and to the helper. */
async function writeLogin(config: object): Promise<NodeJS.ProcessEnv> {
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  return { DOCKER_CONFIG: folder, PATH: `${folder}:/usr/bin:/bin` };
}

async function writeHelper(script: string): Promise<void> {
  const path = join(folder, 'docker-credential-test');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}
