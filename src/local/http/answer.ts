// Answers one request: signature, query, action, XML. The table of contents of the server; holds no detail.
import { randomUUID } from 'node:crypto';
import type { Action, ActionContext, Answer } from '../actions/action.ts';
import { findAction } from '../actions/actions.ts';
import { Fault } from '../faults.ts';
import type { Metrics } from '../figures/metrics.ts';
import { type Credentials, checkCaller, guessService, type Service } from './caller.ts';
import { formatJsonFault, JSON_TYPE, parseJsonCall } from './json-call.ts';
import { findValue, parseQuery, type QueryNode } from './query.ts';
import type { HttpRequest } from './sigv4.ts';
import { formatElement } from './xml.ts';

export interface Answering {
  readonly credentials: Credentials;
  readonly context: ActionContext;
  readonly metrics: Pick<Metrics, 'countCall'>;
  readonly log: (line: string) => void;
}

export interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly requestId: string;
  readonly body: string;
}

const API_VERSIONS = {
  rds: '2014-10-31',
  ec2: '2016-11-15',
  sts: '2011-06-15',
  secretsmanager: '2017-10-17',
} as const;

export async function answerRequest(request: HttpRequest, answering: Answering): Promise<HttpAnswer> {
  const requestId = randomUUID();
  const { context, credentials, metrics } = answering;
  let service = guessService(request);
  let name = '';
  try {
    service = checkCaller(request, credentials, context.place.region, context.now());
    const query = service === 'secretsmanager' ? parseJsonCall(request) : parseQuery(readForm(request));
    const action = getAction(service, query);
    name = action.name;
    const answer = formatAnswer(action, await action.answer(query, context), requestId);
    metrics.countCall(name, undefined);
    return answer;
  } catch (thrown) {
    const fault = asFault(thrown, requestId, answering.log);
    metrics.countCall(name, fault.code);
    return formatFault(service, fault, requestId);
  }
}

function readForm(request: HttpRequest): string {
  if (request.method === 'POST') return new TextDecoder().decode(request.body);
  return request.target.split('?')[1] ?? '';
}

function getAction(service: Service, query: QueryNode): Action {
  const name = findValue(query, 'Action');
  if (!name) throw new Fault('MissingAction', 'The request must contain the parameter Action.');
  const version = findValue(query, 'Version') ?? 'NO_VERSION_SPECIFIED';
  const action = version === API_VERSIONS[service] ? findAction(service, name) : undefined;
  if (action) return action;
  if (service === 'ec2') {
    throw new Fault('InvalidAction', `The action ${name} is not valid for this web service.`);
  }
  throw new Fault('InvalidAction', `Could not find operation ${name} for version ${version}`);
}

function asFault(thrown: unknown, requestId: string, log: (line: string) => void): Fault {
  if (thrown instanceof Fault) return thrown;
  log(`request ${requestId} failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
  return new Fault(
    'InternalFailure',
    'The request processing has failed because of an unknown error, exception or failure.',
    500,
  );
}

function formatAnswer(action: Action, answer: Answer, requestId: string): HttpAnswer {
  if (answer.kind === 'json') {
    return { status: 200, type: JSON_TYPE, requestId, body: JSON.stringify(answer.body) };
  }
  const { service, name } = action;
  const content =
    service === 'ec2'
      ? { requestId, ...answer.body }
      : { [`${name}Result`]: answer.body, ResponseMetadata: { RequestId: requestId } };
  const body = formatElement(`${name}Response`, content, ` xmlns="${namespaceOf(service)}"`);
  return { status: 200, type: 'text/xml', requestId, body };
}

function formatFault(service: Service, fault: Fault, requestId: string): HttpAnswer {
  if (service === 'secretsmanager') {
    return { status: fault.status, type: JSON_TYPE, requestId, body: formatJsonFault(fault) };
  }
  const said = { Code: fault.code, Message: fault.message };
  const body =
    service === 'ec2'
      ? `<?xml version="1.0" encoding="UTF-8"?>${formatElement('Response', {
          Errors: { Error: said },
          RequestID: requestId,
        })}`
      : formatElement(
          'ErrorResponse',
          { Error: { Type: fault.isSenders ? 'Sender' : 'Receiver', ...said }, RequestId: requestId },
          ` xmlns="${namespaceOf(service)}"`,
        );
  return { status: fault.status, type: 'text/xml', requestId, body };
}

function namespaceOf(service: Service): string {
  if (service === 'sts') return `https://sts.amazonaws.com/doc/${API_VERSIONS.sts}/`;
  return `http://${service}.amazonaws.com/doc/${API_VERSIONS[service]}/`;
}
