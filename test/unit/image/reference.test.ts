import { describe, expect, test } from 'vitest';
import { formatReference, formatShortReference, parseReference } from '../../../src/image/reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('parseReference', () => {
  test.each([
    ['demo', 'docker.io/library/demo:latest'],
    ['demo:1', 'docker.io/library/demo:1'],
    ['team/demo', 'docker.io/team/demo:latest'],
    ['docker.io/demo', 'docker.io/library/demo:latest'],
    ['index.docker.io/team/demo:2', 'docker.io/team/demo:2'],
    ['localhost/demo', 'localhost/demo:latest'],
    ['localhost:5000/a/b:x', 'localhost:5000/a/b:x'],
    ['127.0.0.1:5000/a', '127.0.0.1:5000/a:latest'],
    ['[::1]:5000/a:1', '[::1]:5000/a:1'],
    ['example.org/a__b/c-d.e:V_1.2-3', 'example.org/a__b/c-d.e:V_1.2-3'],
    [`demo@${DIGEST}`, `docker.io/library/demo@${DIGEST}`],
    [`example.org/a:1@${DIGEST}`, `example.org/a:1@${DIGEST}`],
  ])('reads %s as %s', (text, expected) => {
    expect(formatReference(parseReference(text))).toBe(expected);
  });

  test.each([
    ['', 'is not a repository'],
    ['Demo', 'a repository is in lower case'],
    ['a..b', 'is not a repository'],
    ['a//b', 'is not a repository'],
    ['demo:', '"" is not a tag'],
    ['demo:a b', 'is not a tag'],
    [`demo:${'x'.repeat(129)}`, 'is not a tag'],
    ['demo@sha256:12', 'the digest is not sha256:...'],
    [`demo@${DIGEST}@${DIGEST}`, 'there is more than one @'],
    ['exa mple.org/a', 'is not a host'],
    [`example.org/${'a'.repeat(256)}`, 'the name is too long'],
  ])('refuses "%s": %s', (text, problem) => {
    expect(() => parseReference(text)).toThrow(problem);
  });
});

test('the short form leaves out what docker.io implies', () => {
  expect(formatShortReference(parseReference('demo'))).toBe('demo:latest');
  expect(formatShortReference(parseReference('team/demo:1'))).toBe('team/demo:1');
  expect(formatShortReference(parseReference('localhost/demo:1'))).toBe('localhost/demo:1');
});
