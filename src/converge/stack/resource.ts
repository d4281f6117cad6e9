// The parts that every resource of a stack has, and how one refers to another.

export interface StackResource {
  readonly Type: string;
  readonly DependsOn?: string;
  /** A copy leaves nothing behind; without this a cluster would leave a snapshot. */
  readonly DeletionPolicy: 'Delete';
  readonly UpdateReplacePolicy: 'Delete';
  readonly Properties: Readonly<Record<string, unknown>>;
}

export function makeResource(Type: string, properties: object): StackResource {
  const known = Object.entries(properties).filter(([, value]) => value !== undefined);
  return {
    Type,
    DeletionPolicy: 'Delete',
    UpdateReplacePolicy: 'Delete',
    Properties: Object.fromEntries(known),
  };
}

export function refer(resource: string): object {
  return { Ref: resource };
}

export function getAttribute(resource: string, attribute: string): object {
  return { 'Fn::GetAtt': [resource, attribute] };
}
