import { expect, it } from 'vitest';
import { stackLayers } from '../../../../src/local/storage/overlay-layers.ts';
import { formatLayers, makeViewCommand } from '../../../../src/local/storage/overlay-mounts.ts';

it('puts an item above the layers that it stands on', () => {
  expect(stackLayers('plain', [])).toEqual(['plain/data']);
  expect(stackLayers('fork', ['golden/upper', 'first/data'])).toEqual([
    'fork/upper',
    'golden/upper',
    'first/data',
  ]);
});

it('names layers relative to the folder, topmost first', () => {
  expect(formatLayers('fork', ['golden/upper', 'first/data'])).toBe(
    'lowerdir=golden/upper:first/data,upperdir=fork/upper,workdir=fork/work',
  );
});

it('looks at layers in a namespace that nobody else sees', () => {
  expect(makeViewCommand('root', ['a/upper', 'b/data'], '/m', 'ls').slice(0, 2)).toEqual(['--mount', 'sh']);
  const command = makeViewCommand('namespace', ['a/upper', 'b/data'], '/m', 'ls');
  expect(command).toContain('--map-root-user');
  expect(command.slice(-2)).toEqual(['lowerdir=a/upper:b/data,userxattr', '/m']);
});
