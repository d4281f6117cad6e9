import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { formatElement, xmlList } from '../../../../src/local/http/xml.ts';

test('lists name their items, and what is undefined is left out', () => {
  const value = { Tags: xmlList('Tag', [{ Key: 'a', Value: '' }]), None: undefined, Empty: xmlList('x', []) };
  expect(formatElement('Answer', value, ' xmlns="n"')).toBe(
    '<Answer xmlns="n"><Tags><Tag><Key>a</Key><Value></Value></Tag></Tags><Empty></Empty></Answer>',
  );
});

test('an element whose members look like a list is still an element', () => {
  expect(formatElement('A', { itemName: 'x', items: 'y' })).toBe(
    '<A><itemName>x</itemName><items>y</items></A>',
  );
});

test('any text comes back from a parser, but for what XML cannot say', () => {
  const parser = new XMLParser({ trimValues: false, parseTagValue: false, htmlEntities: true });
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const parsed = parser.parse(formatElement('A', text)).A;
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML cannot say
      const sayable = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
      expect(parsed).toBe(sayable);
    }),
  );
});

test('control characters and lone surrogates are replaced', () => {
  expect(formatElement('A', 'a\u0000b\ud800c')).toBe('<A>a\ufffdb\ufffdc</A>');
});
