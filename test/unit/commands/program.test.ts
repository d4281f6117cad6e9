import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../support/command-line.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'db-artifact-cli-'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

describe('the command line', () => {
  it('prints its version on stdout', async () => {
    expect(await runCli(['--version'])).toEqual({ status: 0, stdout: '0.0.0-test\n', stderr: '' });
  });

  it.each([
    [['lst'], "unknown command 'lst'", 'Did you mean list?'],
    [['converge', '--nam', 'x'], "unknown option '--nam'", 'Did you mean --name?'],
    [['show', 'one', 'two'], 'too many arguments', '--help'],
    [['show'], "missing required argument 'name'", '--help'],
    [['list', '--output', 'xml'], 'Allowed choices are table', '--help'],
    [['list', '--', 'ls'], 'list takes nothing behind --', ''],
    [['converge', '--rm'], '--rm needs a command behind --', 'For example'],
    [['converge', '--name', 'a--b'], 'not a possible name', ''],
    [['converge', '--ttl', 'tomorrow'], 'an expiry must be a duration', ''],
  ])('refuses %j with status 2', async (args, message, hint) => {
    const { status, stdout, stderr } = await runCli(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`error: `);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });

  it.each([['up'], ['status'], ['import', '--from', 'a.sql', '--cluster', 'a']])(
    'says of local %s on Windows what it needs',
    async (...args) => {
      const options = { dataDir: folder, platform: 'win32' } as const;
      const { status, stderr } = await runCli(['local', ...args], options);
      expect(status).toBe(2);
      expect(stderr).toContain('error: the local RDS needs Linux or macOS, and this is Windows');
      expect(stderr).toContain('WSL 2');
    },
  );

  it('does on Windows what needs no local RDS', async () => {
    const { status, stdout } = await runCli(['images', '--json'], { dataDir: folder, platform: 'win32' });
    expect({ status, items: JSON.parse(stdout).items }).toEqual({ status: 0, items: [] });
  });

  it('gives errors as JSON on stdout where JSON is asked for', async () => {
    const { status, stdout } = await runCli(['inspect', 'nothing', '--json'], {
      dataDir: folder,
      env: { DOCKER_HOST: `unix://${join(folder, 'none.sock')}` },
    });
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, status: 3, code: 'NOT_FOUND', phase: null });
  });

  it('takes an option from its variable, and complains of the variable', async () => {
    const env = { DB_ARTIFACT_OUTPUT: 'json' };
    const { stdout } = await runCli(['images'], { dataDir: folder, env });
    expect(JSON.parse(stdout)).toEqual({ schemaVersion: 1, items: [] });
    const wrong = await runCli(['images'], { dataDir: folder, env: { DB_ARTIFACT_OUTPUT: 'xml' } });
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('DB_ARTIFACT_OUTPUT=xml') });
  });

  it('is build when it is called db-artifact-builder, as in 0.1.0', async () => {
    const ini = join(folder, 'a.ini');
    await writeFile(ini, '[source_db]\n');
    const { status, stderr } = await runCli([ini], {
      calledBy: 'db-artifact-builder',
      dataDir: folder,
      env: { AWS_REGION: 'eu-west-1', HOME: folder },
    });
    expect(status).toBe(2);
    expect(stderr).not.toContain('unknown command');
  });

  it('takes flags of 0.1.0 with underscores', async () => {
    const { stderr } = await runCli(['--docker_image', 'nothing', '--db_password', 'hidden-secret'], {
      calledBy: 'db-artifact-converge',
      dataDir: folder,
      env: { DOCKER_HOST: `unix://${join(folder, 'none.sock')}` },
    });
    expect(stderr).toContain('there is no image nothing');
    expect(stderr).not.toContain('hidden-secret');
  });

  it('names what is missing where a command is missing', async () => {
    const { status, stderr } = await runCli([]);
    expect(status).toBe(2);
    expect(stderr).toContain('Usage: db-artifact');
  });
});
