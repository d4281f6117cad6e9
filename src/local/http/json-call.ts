// The AWS JSON protocol, for the one service here that speaks it: a call becomes what a query would be. Knows no action.
// https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
import { Fault } from '../faults.ts';
import type { QueryNode } from './query.ts';
import type { HttpRequest } from './sigv4.ts';

export const JSON_TYPE = 'application/x-amz-json-1.1';

const TARGET = /^secretsmanager\.(\w+)$/;
const VERSION = '2017-10-17';

/** Parameters are texts: the calls that are answered have no others. */
export function parseJsonCall(request: HttpRequest): QueryNode {
  const action = TARGET.exec(request.headers['x-amz-target'] ?? '')?.[1];
  if (action === undefined) throw new Fault('UnknownOperationException', 'The X-Amz-Target is not known.');
  const parameters = Object.entries({ ...readBody(request), Action: action, Version: VERSION });
  const children = parameters.map(([name, value]): [string, QueryNode] => [
    name,
    { value: String(value), children: new Map() },
  ]);
  return { children: new Map(children) };
}

function readBody({ body }: HttpRequest): object {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(body) || '{}');
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // reported below
  }
  throw new Fault('SerializationException', 'The body is no JSON object.');
}

export function formatJsonFault({ code, message }: Fault): string {
  return JSON.stringify({ __type: code, message });
}
