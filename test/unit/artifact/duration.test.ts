import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration, parseExpiry } from '../../../src/artifact/duration.ts';

describe('durations', () => {
  it.each([
    ['90s', 90],
    ['30m', 1800],
    ['2h', 7200],
    ['7d', 604_800],
    ['1w', 604_800],
  ])('reads %s', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  it.each(['', '8', 'h', '0h', '-1h', '1.5h', '8 hours'])('refuses "%s"', (text) => {
    expect(() => parseDuration(text)).toThrow(/must be like 90s/);
  });

  it.each([
    [0, '0s'],
    [59.6, '1m'],
    [86_400, '1d'],
    [97_205, '1d 3h'],
  ])('writes %s seconds as %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));
});

describe('parseExpiry', () => {
  const now = Date.parse('2030-01-01T00:00:00Z');
  it('counts a duration from now', () => expect(parseExpiry('8h', now)).toBe(now + 28_800_000));
  it('takes a time', () => expect(parseExpiry('2030-01-01T01:00:00+01:00', now - 1)).toBe(now));
  it('refuses the past', () => expect(() => parseExpiry('2029-12-31T00:00:00Z', now)).toThrow(/in the past/));
  it('refuses anything else', () => expect(() => parseExpiry('tomorrow', now)).toThrow(/must be a duration/));
});
