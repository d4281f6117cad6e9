// The seam of actions: one API call that the local RDS answers. Imports no action.
import type { Place } from '../arn.ts';
import type { Databases } from '../databases.ts';
import { Fault, notSupported } from '../faults.ts';
import type { Service } from '../http/caller.ts';
import type { QueryNode } from '../http/query.ts';
import type { XmlElement } from '../http/xml.ts';
import { decodeInput, type Input, type Members } from '../parameters.ts';
import type { Store } from '../store.ts';

export interface ActionContext {
  readonly place: Place;
  readonly callerArn: string;
  readonly store: Store;
  readonly databases: Databases;
  readonly now: () => Date;
  /** Runs work that makes something one at a time, so that no name and no port is given twice. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

export type Answer =
  | { readonly kind: 'xml'; readonly body: XmlElement | undefined }
  | { readonly kind: 'json'; readonly body: unknown };

export interface Action {
  readonly service: Service;
  readonly name: string;
  readonly parameters: Members;
  answer(query: QueryNode, context: ActionContext): Promise<Answer>;
}

type Run<M extends Members, R> = (input: Input<M>, context: ActionContext) => Promise<R> | R;

/** What `run` returns is the content of the answer's result; without one the answer has none. */
export function makeAction<const M extends Members>(
  service: Service,
  name: string,
  parameters: M,
  run: Run<M, XmlElement | undefined>,
): Action {
  return {
    service,
    name,
    parameters,
    async answer(query, context) {
      const input = decodeInput(parameters, query, (parameter) => refuseParameter(service, parameter));
      return { kind: 'xml', body: await run(input, context) };
    },
  };
}

/** For calls of our own that AWS does not have. */
export function makeJsonAction<const M extends Members>(
  name: string,
  parameters: M,
  run: Run<M, unknown>,
): Action {
  return {
    service: 'rds',
    name,
    parameters,
    async answer(query, context) {
      const input = decodeInput(parameters, query, (parameter) => refuseParameter('rds', parameter));
      return { kind: 'json', body: await run(input, context) };
    },
  };
}

/** EC2 refuses what it does not know. RDS knows more than is described here, so silence would be a false promise. */
function refuseParameter(service: Service, parameter: string): Fault {
  if (service === 'rds') return notSupported(`The parameter ${parameter}`);
  if (parameter === 'DryRun') {
    return new Fault('UnsupportedOperation', 'DryRun is not supported by the local RDS.');
  }
  return new Fault('UnknownParameter', `The parameter ${parameter} is not recognized`);
}
