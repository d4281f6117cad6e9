// The instances of a copy as resources of a stack.
import type { CopyBuild } from '../build.ts';
import { makeInstanceInput } from '../inputs.ts';
import { makeResource, refer, type StackResource } from './resource.ts';

export function makeInstanceResources(build: CopyBuild): Record<string, StackResource> {
  const numbers = Array.from({ length: build.settings.readers + 1 }, (_, number) => number);
  return Object.fromEntries(
    numbers.map((number) => [number === 0 ? 'Writer' : `Reader${number}`, makeInstance(build, number)]),
  );
}

/** Readers wait for the writer: the first instance of a cluster becomes its writer. */
function makeInstance(build: CopyBuild, number: number): StackResource {
  const resource = makeResource('AWS::RDS::DBInstance', {
    ...makeInstanceInput(build.settings, build, number),
    DBClusterIdentifier: refer('Cluster'),
  });
  return number === 0 ? resource : { ...resource, DependsOn: 'Writer' };
}
