import { expect, test } from 'vitest';
import {
  computeSignature,
  formatSignatureTime,
  parseSignatureTime,
} from '../../../../src/local/http/sigv4.ts';

// From the test suite that AWS published for Signature Version 4: `get-vanilla-query-order-key-case`, `post-vanilla`.
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const PARTS = {
  scope: { accessKeyId: 'AKIDEXAMPLE', date: '20150830', region: 'us-east-1', service: 'service' },
  signedAt: '20150830T123600Z',
  signedHeaders: ['host', 'x-amz-date'],
};
const HEADERS = { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z' };

test('signatures are those of the published examples', () => {
  const get = {
    method: 'GET',
    target: '/?Param2=value2&Param1=value1',
    headers: HEADERS,
    body: Buffer.alloc(0),
  };
  expect(computeSignature(get, PARTS, SECRET)).toBe(
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  );
  const post = { method: 'POST', target: '/', headers: HEADERS, body: Buffer.alloc(0) };
  expect(computeSignature(post, PARTS, SECRET)).toBe(
    '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  );
});

test('times are written and read to the second', () => {
  const at = new Date('2026-11-23T19:42:28Z');
  expect(formatSignatureTime(at)).toBe('20261123T194228Z');
  expect(parseSignatureTime('20261123T194228Z')).toEqual(at);
  expect(parseSignatureTime('20261323T194228Z')).toBeUndefined();
  expect(parseSignatureTime('2026-11-23T19:42:28Z')).toBeUndefined();
});
