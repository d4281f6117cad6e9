import { describe, expect, test } from 'vitest';
import { findProxy } from '../../src/proxy.ts';

const PROXY = 'http://proxy:3128';

function find(url: string, env: NodeJS.ProcessEnv): string | undefined {
  return findProxy(new URL(url), env)?.href;
}

describe('the proxy of a URL', () => {
  test('is that of its scheme, the lower-case name first', () => {
    const env = { HTTPS_PROXY: 'http://upper:1', https_proxy: 'lower:2', HTTP_PROXY: 'http://plain:3' };
    expect(find('https://example.org/', env)).toBe('http://lower:2/');
    expect(find('http://example.org/', env)).toBe('http://plain:3/');
    expect(find('https://example.org/', { HTTP_PROXY: PROXY })).toBeUndefined();
  });

  test.each(['http://localhost:5000/', 'http://127.0.0.1/', 'http://127.1.2.3/', 'http://[::1]:5000/'])(
    'is none for this machine: %s',
    (url) => {
      expect(find(url, { HTTP_PROXY: PROXY })).toBeUndefined();
    },
  );

  test.each([
    ['*', true],
    ['example.org', true],
    ['EXAMPLE.ORG', true],
    ['other.org, example.org:443', true],
    ['example.org:5000', false],
    ['.example.org', false],
    ['ample.org', false],
    ['org', true],
    ['.org', true],
    ['*.org', true],
  ])('is none for https://example.org where NO_PROXY is %s: %s', (NO_PROXY, isNone) => {
    const found = find('https://example.org/', { HTTPS_PROXY: PROXY, NO_PROXY });
    expect(found === undefined).toBe(isNone);
  });

  test.each([
    ['10.1.2.3', true],
    ['10.0.0.0/8', true],
    ['10.1.2.0/25', true],
    ['192.168.0.0/16', false],
    ['10.0.0.0/99', false],
    ['fd00::/8', false],
  ])('is none for an address where NO_PROXY is %s: %s', (NO_PROXY, isNone) => {
    const found = find('https://10.1.2.3:5000/', { HTTPS_PROXY: PROXY, NO_PROXY });
    expect(found === undefined).toBe(isNone);
  });

  test.each(['socks5://proxy:1', 'http://', 'http://user:hidden@:x'])('%s is refused, unquoted', (url) => {
    const ask = () => find('https://example.org/', { HTTPS_PROXY: url });
    expect(ask).toThrow(/^HTTPS_PROXY is not the URL of an HTTP proxy$/);
  });
});
