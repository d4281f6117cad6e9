import { chmod, lstat, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PROFILE_NAME, type Profile, removeProfile, writeProfile } from '../../../src/local/profile.ts';

let homeDir: string;
let profile: Profile;
beforeEach(async () => {
  homeDir = await mkdtemp(join(tmpdir(), 'home-'));
  const keys = { accessKeyId: 'AKIALOCL', secretAccessKey: 's3cret' };
  profile = {
    env: {},
    homeDir,
    name: PROFILE_NAME,
    url: 'http://127.0.0.1:8765',
    region: 'eu-central-1',
    ...keys,
  };
});
afterEach(async () => await rm(homeDir, { recursive: true, force: true }));

async function read(name: string): Promise<string> {
  return await readFile(join(homeDir, '.aws', name), 'utf8');
}

test('a profile is written where there was none, for its owner only', async () => {
  await writeProfile(profile);
  expect(await read('config')).toBe(
    `[profile ${PROFILE_NAME}]\nregion = eu-central-1\nendpoint_url = http://127.0.0.1:8765\n`,
  );
  expect(await read('credentials')).toBe(
    `[${PROFILE_NAME}]\naws_access_key_id = AKIALOCL\naws_secret_access_key = s3cret\n`,
  );
  for (const name of ['config', 'credentials']) {
    expect((await stat(join(homeDir, '.aws', name))).mode & 0o777).toBe(0o600);
  }
});

test('other profiles and a link in place of the file are kept', async () => {
  const real = join(homeDir, 'my-config');
  await writeFile(real, '[default]\nregion = us-east-1\n');
  await chmod(real, 0o644);
  const AWS_CONFIG_FILE = join(homeDir, 'config-link');
  await symlink(real, AWS_CONFIG_FILE);
  const AWS_SHARED_CREDENTIALS_FILE = join(homeDir, 'keys');
  const there = { ...profile, env: { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE } };
  await writeProfile(there);
  await writeProfile({ ...there, url: 'http://127.0.0.1:1' });
  expect((await lstat(AWS_CONFIG_FILE)).isSymbolicLink()).toBe(true);
  expect(await readFile(real, 'utf8')).toMatch(
    /^\[default\]\nregion = us-east-1\n\n\[profile .*127\.0\.0\.1:1\n$/s,
  );
  await removeProfile(there);
  expect(await readFile(real, 'utf8')).toBe('[default]\nregion = us-east-1\n');
  expect(await readFile(AWS_SHARED_CREDENTIALS_FILE, 'utf8')).toBe('');
});

test('removing a profile that is not there makes no file', async () => {
  await removeProfile(profile);
  await expect(read('config')).rejects.toMatchObject({ code: 'ENOENT' });
});
