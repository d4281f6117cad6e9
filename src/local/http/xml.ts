// Writes the XML of answers: plain data in, text out. Knows no action.

export type XmlValue = string | number | boolean | undefined | XmlElement | XmlList;
export interface XmlElement {
  readonly [name: string]: XmlValue;
}
export interface XmlList {
  readonly itemName: string;
  readonly items: readonly XmlValue[];
}

const LIST = Symbol('list');

/** A list, each item in an element of its own: RDS names it after the item, EC2 `item`. */
export function xmlList(itemName: string, items: readonly XmlValue[]): XmlList {
  return Object.defineProperty({ itemName, items }, LIST, { value: true });
}

/** One element; what is undefined is left out, and an empty list stays as an empty element. */
export function formatElement(name: string, value: XmlValue, attributes = ''): string {
  if (value === undefined) return '';
  return `<${name}${attributes}>${formatContent(value)}</${name}>`;
}

function formatContent(value: Exclude<XmlValue, undefined>): string {
  if (typeof value !== 'object') return escapeText(String(value));
  if (isList(value)) return value.items.map((item) => formatElement(value.itemName, item)).join('');
  return Object.entries(value)
    .map(([name, member]) => formatElement(name, member))
    .join('');
}

function isList(value: XmlElement | XmlList): value is XmlList {
  return LIST in value;
}

/** Also keeps out what XML 1.0 cannot say: control characters and lone surrogates. */
function escapeText(value: string): string {
  return value
    .replace(UNSAYABLE, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to keep out
const UNSAYABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;
