// The ways to a registry: through a proxy, and with the certificates that Docker keeps for it.
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeRegistryStore, type RegistryOptions } from '../../src/image/registry/store.ts';
import { makeCertificate } from '../support/certificates.ts';
import { startHttpProxy } from '../support/http-proxy.ts';
import { startRegistry, type TestRegistry } from '../support/image-servers.ts';
import { describeIfMet } from '../support/needs.ts';
import { findMissingProgram } from '../support/programs.ts';
import { makeSampleImage } from '../support/sample-image.ts';

/** A name that the proxy alone knows. */
const NAME = 'registry.internal';

function openStore(env: NodeJS.ProcessEnv, options: Partial<RegistryOptions> = {}) {
  return makeRegistryStore({ env, retry: { tries: 1, firstDelayMs: 1 }, ...options });
}

describeIfMet('docker-registry', findMissingProgram('docker-registry'))('a registry', () => {
  let folder: string;
  let secure: TestRegistry;
  let plain: TestRegistry;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'registry-ways-'));
    const { certificatePath, keyPath } = makeCertificate(folder, NAME);
    plain = await startRegistry();
    secure = await startRegistry(`, tls: {certificate: ${certificatePath}, key: ${keyPath}}`);
    for (const host of [secure.host, nameOf(secure)]) {
      await mkdir(join(folder, 'docker/certs.d', host), { recursive: true });
      await copyFile(certificatePath, join(folder, 'docker/certs.d', host, 'ca.crt'));
    }
  });
  afterAll(async () => {
    await secure?.[Symbol.asyncDispose]();
    await plain?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  function nameOf({ host }: TestRegistry): string {
    return host.replace('127.0.0.1', NAME);
  }

  test('of a private authority is trusted where Docker is told to', async () => {
    const image = await makeSampleImage();
    const store = openStore({ XDG_CONFIG_HOME: folder });
    await store.writeImage(`${secure.host}/team/demo:1`, [image]);
    expect((await store.findImage(`${secure.host}/team/demo:1`))?.digest).toBe(image.digest);
    await expect(openStore({}).findImage(`${secure.host}/team/demo:1`)).rejects.toMatchObject({
      code: 'NETWORK_FAILED',
      hint: expect.stringContaining(`/etc/docker/certs.d/${secure.host}/ca.crt`),
    });
  });

  test('is reached through a tunnel of the proxy with TLS, and by whole URLs without', async () => {
    await using proxy = await startHttpProxy('robot:secret');
    const url = `http://robot:secret@${proxy.host}`;
    const image = await makeSampleImage();
    const env = { XDG_CONFIG_HOME: folder, HTTPS_PROXY: url, http_proxy: url };
    for (const registry of [secure, plain]) {
      const store = openStore(env, { plainHosts: [nameOf(plain)] });
      const name = `${nameOf(registry)}/through/demo:1`;
      await store.writeImage(name, [image]);
      expect((await store.findImage(name))?.digest).toBe(image.digest);
    }
    expect(proxy.seen).toContain(`CONNECT ${nameOf(secure)}`);
    expect(proxy.seen).toContain(`GET http://${nameOf(plain)}/v2/through/demo/manifests/1`);
  });

  test('is asked directly where NO_PROXY names it, and on this machine', async () => {
    await using proxy = await startHttpProxy();
    const env = { HTTP_PROXY: `http://${proxy.host}`, NO_PROXY: `other,${NAME}` };
    const store = openStore(env, { plainHosts: [nameOf(plain)] });
    await expect(store.findImage(`${nameOf(plain)}/team/demo:1`)).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
    expect(await store.findImage(`${plain.host}/team/none:1`)).toBeUndefined();
    expect(proxy.seen).toEqual([]);
  });

  test('behind a proxy that is not there or refuses the login is an error that names the proxy alone', async () => {
    await using proxy = await startHttpProxy('robot:secret');
    const ask = async (url: string) =>
      await openStore({ HTTPS_PROXY: url }).findImage(`${nameOf(secure)}/team/demo:1`);
    const gone = ask('http://robot:hidden@127.0.0.1:1');
    await expect(gone).rejects.toMatchObject({
      code: 'NETWORK_FAILED',
      message: expect.stringMatching(/through the proxy 127\.0\.0\.1:1: (?!.*hidden)/),
      hint: expect.stringContaining('HTTPS_PROXY'),
    });
    await expect(ask(`http://robot:wrong@${proxy.host}`)).rejects.toMatchObject({
      code: 'NOT_AUTHENTICATED',
      hint: expect.stringContaining('proxy'),
    });
  });
});
