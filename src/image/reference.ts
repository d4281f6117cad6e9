// Image references as Docker writes them: HOST/REPOSITORY:TAG@DIGEST. Text only; whether it exists is not asked.
// https://pkg.go.dev/github.com/distribution/reference
import { FactoryError } from '../errors.ts';

export interface Reference {
  /** `docker.io` where the text names no host. */
  readonly host: string;
  /** `library/NAME` for a bare name on docker.io. */
  readonly repository: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

const DEFAULT_HOST = 'docker.io';
const DEFAULT_TAG = 'latest';
const HOST = /^(\[[0-9a-fA-F:]+\]|[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?)(:[0-9]{1,5})?$/;
const REPOSITORY = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const MAX_NAME_LENGTH = 255;

/** Fills in host, `library/` and, without a digest, the tag `latest`. */
export function parseReference(text: string): Reference {
  const [beforeDigest, digest, ...more] = text.split('@') as [string, string | undefined, ...string[]];
  const colon = beforeDigest.lastIndexOf(':');
  const hasTag = colon > beforeDigest.lastIndexOf('/');
  const name = hasTag ? beforeDigest.slice(0, colon) : beforeDigest;
  const tag = hasTag ? beforeDigest.slice(colon + 1) : digest === undefined ? DEFAULT_TAG : undefined;
  const { host, repository } = splitHost(name);
  if (more.length > 0) throw describeProblem(text, 'there is more than one @');
  if (!HOST.test(host)) throw describeProblem(text, `"${host}" is not a host`);
  if (!REPOSITORY.test(repository)) throw describeProblem(text, describeRepository(repository));
  if (repository.length > MAX_NAME_LENGTH) throw describeProblem(text, 'the name is too long');
  if (tag !== undefined && !TAG.test(tag)) throw describeProblem(text, `"${tag}" is not a tag`);
  if (digest !== undefined && !DIGEST.test(digest))
    throw describeProblem(text, 'the digest is not sha256:...');
  return { host, repository, tag, digest };
}

/** The complete form, such as `docker.io/library/demo:1`. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${reference.host}/${reference.repository}${tag}${digest}`;
}

/** The form that people write: without `docker.io/library/`. */
export function formatShortReference(reference: Reference): string {
  return formatReference(reference).replace(/^docker\.io\/(library\/)?/, '');
}

/** True where the text names a host: `localhost/x`, `host:5000/x`, `example.org/x`, but not `team/x`. */
export function namesHost(text: string): boolean {
  const first = text.split('/', 1)[0] as string;
  return (
    text.includes('/') && (first === 'localhost' || /[.:[]/.test(first) || first !== first.toLowerCase())
  );
}

function splitHost(name: string): { host: string; repository: string } {
  if (namesHost(name)) {
    const slash = name.indexOf('/');
    const host = name.slice(0, slash);
    const repository = name.slice(slash + 1);
    if (host !== DEFAULT_HOST && host !== 'index.docker.io') return { host, repository };
    return {
      host: DEFAULT_HOST,
      repository: repository.includes('/') ? repository : `library/${repository}`,
    };
  }
  return { host: DEFAULT_HOST, repository: name.includes('/') ? name : `library/${name}` };
}

function describeRepository(repository: string): string {
  if (repository.toLowerCase() !== repository) return 'a repository is in lower case';
  return `"${repository}" is not a repository`;
}

function describeProblem(text: string, problem: string): FactoryError {
  return new FactoryError('BAD_INVOCATION', `"${text}" is not an image reference: ${problem}`, {
    hint: 'Write NAME:TAG, HOST/REPOSITORY:TAG, oci:FOLDER, docker:NAME or a path that ends in .tar.',
  });
}
