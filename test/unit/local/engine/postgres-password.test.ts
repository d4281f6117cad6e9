import { expect, test } from 'vitest';
import { makeScramVerifier } from '../../../../src/local/engine/postgres-password.ts';

test('a verifier is the one of RFC 7677 for the same password and salt', async () => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  expect(await makeScramVerifier('pencil', salt)).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$' +
      'WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

test('two verifiers of one password differ', async () => {
  expect(await makeScramVerifier('pencil')).not.toBe(await makeScramVerifier('pencil'));
});

test('letters that look the same are the same password', async () => {
  const salt = Buffer.alloc(16);
  expect(await makeScramVerifier('\u00fcber', salt)).toBe(await makeScramVerifier('u\u0308ber', salt));
});
