import fc from 'fast-check';
import { expect, test } from 'vitest';
import { removeSection, setSection } from '../../../src/local/ini-sections.ts';

const VALUES = { region: 'eu-central-1', endpoint_url: 'http://127.0.0.1:8765' };
const SECTION = '[profile local]\nregion = eu-central-1\nendpoint_url = http://127.0.0.1:8765\n';

test('a section is added at the end, set off by a blank line', () => {
  expect(setSection('', 'profile local', VALUES)).toBe(SECTION);
  expect(setSection('[default]\nregion=x', 'profile local', VALUES)).toBe(
    `[default]\nregion=x\n\n${SECTION}`,
  );
});

test('a section that is there gets the values and keeps its other lines', () => {
  const before =
    '# mine\n[profile  local ]\noutput = json\nREGION = old\ns3 =\n  region = deep\n\n# next\n[profile b]\nregion = b\n';
  expect(setSection(before, 'profile local', VALUES)).toBe(
    '# mine\n[profile  local ]\nregion = eu-central-1\nendpoint_url = http://127.0.0.1:8765\n' +
      'output = json\ns3 =\n  region = deep\n\n# next\n[profile b]\nregion = b\n',
  );
});

test('line ends of the file are kept', () => {
  expect(setSection('[a]\r\nx=1\r\n', 'b', { y: '2' })).toBe('[a]\r\nx=1\r\n\r\n[b]\r\ny = 2\r\n');
});

test('a section is removed without its neighbours', () => {
  const before = '[a]\nx=1\n\n[b]\ny=2\n# about c\n[c]\nz=3\n';
  expect(removeSection(before, 'b')).toBe('[a]\nx=1\n# about c\n[c]\nz=3\n');
  expect(removeSection(before, 'd')).toBe(before);
});

test('setting and removing a section leaves every other byte as it was', () => {
  const line = fc.constantFrom('[a]', '[profile b]', 'x = 1', '  y = 2', '', '# note', '; note', 'ü = ß');
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const before = lines.map((one) => `${one}\n`).join('');
      const after = setSection(before, 'profile local', VALUES);
      expect(setSection(after, 'profile local', VALUES)).toBe(after);
      expect(removeSection(after, 'profile local')).toBe(before);
    }),
  );
});
