import { expect, it } from 'vitest';
import {
  describeOrigin,
  findUrlFamily,
  makeConnectOptions,
  parseSourceUrl,
  splitPassword,
} from '../../../../src/local/import/source-url.ts';

it('tells servers from files', () => {
  expect(
    ['postgres://h/d', 'postgresql://h', 'mysql://h', 'mariadb://h', './a.sql', 's3://b/k'].map(
      findUrlFamily,
    ),
  ).toEqual([...['postgres', 'postgres', 'mysql', 'mysql', undefined, undefined]]);
});

it('fills in what each family takes for granted', () => {
  expect(parseSourceUrl('postgres://al%40ice@db.example.com')).toMatchObject({
    ...{ host: 'db.example.com', port: 5432, user: 'al@ice', database: 'al@ice', sslMode: 'prefer' },
  });
  expect(parseSourceUrl('mysql://root@[::1]:3307/')).toMatchObject({ host: '::1', port: 3307, database: '' });
});

it('understands the TLS words of both families', () => {
  const modeOf = (url: string) => makeConnectOptions(parseSourceUrl(url), 'x').tls;
  expect(modeOf('postgres://u@h/d?sslmode=verify-full&sslrootcert=/ca.pem')).toBe('verify');
  expect(modeOf('mysql://u@h/d?ssl-mode=REQUIRED')).toBe('require');
  expect(modeOf('postgres://u@h/d?sslmode=disable')).toBe('off');
});

it('takes a password out of the URL, wherever it is', () => {
  expect(splitPassword('postgres://u:p%3Aw@h/d')).toEqual({ url: 'postgres://u@h/d', password: 'p:w' });
  expect(splitPassword('postgres://u@h/d?password=s')).toEqual({ url: 'postgres://u@h/d', password: 's' });
});

it('never quotes a URL that it refuses', () => {
  for (const url of [
    'postgres://u:secret@h:port/d',
    'postgres://:secret@h/d',
    'postgres://u:secret@h/d?x=secret',
  ]) {
    const message = (() => {
      try {
        parseSourceUrl(url);
      } catch (error) {
        return String(error);
      }
      return 'accepted';
    })();
    expect(message).toContain('the URL of the source cannot be used');
    expect(message).not.toContain('secret');
  }
});

it('names a source for people', () => {
  expect(describeOrigin({ kind: 'server', url: 'postgres://u@h/d' })).toBe('h:5432/d');
  expect(describeOrigin({ kind: 'file', path: '/a/b/shop.dump' })).toBe('shop.dump');
});
