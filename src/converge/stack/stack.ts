// A plan as a CloudFormation stack, for those whose changes must go through CloudFormation. It consists of the very
// requests that converging would send; what a stack cannot do is a note. Pure.
import type { CopyBuild } from '../build.ts';
import { makeClusterResource } from './cluster.ts';
import { makeInstanceResources } from './instances.ts';
import { makeNetworkResources } from './network.ts';
import { listNotes } from './notes.ts';
import { getAttribute, type StackResource } from './resource.ts';

export interface Stack {
  readonly template: StackTemplate;
  /** What the stack leaves to do, and what to know about it: sentences for people. */
  readonly notes: readonly string[];
}

export interface StackTemplate {
  readonly AWSTemplateFormatVersion: '2010-09-09';
  readonly Description: string;
  readonly Metadata: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, StackResource>>;
  readonly Outputs: Readonly<Record<string, StackOutput>>;
}

export interface StackOutput {
  readonly Description: string;
  readonly Value: unknown;
}

export function makeStack(build: CopyBuild, warnings: readonly string[] = []): Stack {
  const { settings, name, liveSource } = build;
  const notes = [...listNotes(build), ...warnings];
  const verb = settings.mode === 'clone' ? 'Clone of' : 'Fresh cluster modelled on';
  return {
    template: {
      AWSTemplateFormatVersion: '2010-09-09',
      Description: `${verb} ${liveSource.identity.clusterId}: the database copy ${name}`,
      Metadata: { DatabaseArtifact: { Copy: name, Mode: settings.mode, Notes: notes } },
      Resources: {
        ...makeNetworkResources(build),
        Cluster: makeClusterResource(build),
        ...makeInstanceResources(build),
      },
      Outputs: {
        Endpoint: output('Where the writer answers', getAttribute('Cluster', 'Endpoint.Address')),
        ReaderEndpoint: output('Where the readers answer', getAttribute('Cluster', 'ReadEndpoint.Address')),
        Port: output('The port of both', getAttribute('Cluster', 'Endpoint.Port')),
        ResourceId: output(
          'Identifies the cluster, also for IAM authentication',
          getAttribute('Cluster', 'DBClusterResourceId'),
        ),
        MasterUserSecret: output(
          'The secret that holds the master user and its password',
          getAttribute('Cluster', 'MasterUserSecret.SecretArn'),
        ),
      },
    },
    notes,
  };
}

function output(Description: string, Value: unknown): StackOutput {
  return { Description, Value };
}
