// Writes the AWS profile through which every AWS program reaches the local RDS, and takes it away again.
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
import { mkdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeSection, type SectionValues, setSection } from './ini-sections.ts';
import { replaceFile } from './store.ts';

export interface ProfilePlace {
  readonly env: NodeJS.ProcessEnv;
  readonly homeDir: string;
  readonly name: string;
}

export interface Profile extends ProfilePlace {
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The name that `local up` gives the profile. */
export const PROFILE_NAME = 'db-artifact-local';

export async function writeProfile(profile: Profile): Promise<void> {
  const { accessKeyId, secretAccessKey, url, region, name } = profile;
  const { config, credentials } = findFiles(profile);
  await changeFile(credentials, (content) =>
    setSection(content, name, { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey }),
  );
  const values: SectionValues = { region, endpoint_url: url };
  await changeFile(config, (content) => setSection(content, configSection(name), values));
}

export async function removeProfile(place: ProfilePlace): Promise<void> {
  const { config, credentials } = findFiles(place);
  await changeFile(config, (content) => removeSection(content, configSection(place.name)));
  await changeFile(credentials, (content) => removeSection(content, place.name));
}

/** Only the configuration file says `profile` before the name, and not for the default one. */
function configSection(name: string): string {
  return name === 'default' ? name : `profile ${name}`;
}

function findFiles({ env, homeDir }: ProfilePlace): { config: string; credentials: string } {
  return {
    config: env['AWS_CONFIG_FILE'] || join(homeDir, '.aws', 'config'),
    credentials: env['AWS_SHARED_CREDENTIALS_FILE'] || join(homeDir, '.aws', 'credentials'),
  };
}

async function changeFile(path: string, change: (content: string) => string): Promise<void> {
  const target = await followLinks(path);
  const before = await readFile(target, 'utf8').catch(ignoreMissing);
  const after = change(before ?? '');
  if (after === (before ?? '')) return;
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await replaceFile(target, after, 0o600);
}

/** A link, which some keep in a repository of their settings, stays a link. */
async function followLinks(path: string): Promise<string> {
  return (await realpath(path).catch(ignoreMissing)) ?? path;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
