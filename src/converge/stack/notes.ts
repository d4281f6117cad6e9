// What a stack cannot do or say by itself, in sentences for people. Pure.
import type { CopyBuild } from '../build.ts';
import { describeWork } from '../gate/gate.ts';

export function listNotes(build: CopyBuild): string[] {
  return [...listGateNotes(build), ...listPasswordNotes(build), ...listLifeNotes(build)];
}

/** The tags of the stack say that the gate is shut, so converging finds the copy and goes on with it. */
function listGateNotes({ gate, name, settings }: CopyBuild): string[] {
  if (gate === undefined) return [];
  const mode = settings.mode === 'create' ? ' --create-mode create' : '';
  return [
    `CloudFormation cannot do what must be done in the database first (${describeWork(gate.work)}): ` +
      `the stack lets nobody in until db-artifact converge --name ${name}${mode} has done it`,
  ];
}

function listPasswordNotes({ name }: CopyBuild): string[] {
  return [`Secrets Manager makes the master password; db-artifact url ${name} reads it there`];
}

function listLifeNotes({ name, tags }: CopyBuild): string[] {
  const expires = tags.find(({ Key }) => Key === 'db-artifact:expires')?.Value;
  const both = 'delete the stack afterwards, since CloudFormation does not see that its resources are gone';
  if (expires === undefined) return [`when db-artifact destroy ${name} removes the copy, ${both}`];
  return [
    `the copy expires at ${expires}, counted from when this was printed; db-artifact gc removes it then: ${both}`,
  ];
}
