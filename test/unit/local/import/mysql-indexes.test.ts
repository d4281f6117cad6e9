import { expect, test } from 'vitest';
import { findIndexes } from '../../../../src/local/import/mysql-indexes.ts';

test('plain indexes are told from keys that hold and from those of other kinds', () => {
  const text = [
    'CREATE TABLE `orders` (',
    "  `id` int(11) NOT NULL COMMENT 'KEY `no` (`id`)',",
    '  `KEY ``a` int(11) DEFAULT NULL,',
    '  PRIMARY KEY (`id`),',
    '  UNIQUE KEY `one` (`id`),',
    "  KEY `by ``a``` (`KEY ``a`,`id` DESC) COMMENT 'first, of two',",
    '  KEY `part` (`name`(10)),',
    '  FULLTEXT KEY `words` (`name`),',
    '  CONSTRAINT `fk` FOREIGN KEY (`id`) REFERENCES `others` (`id`)',
    ') ENGINE=InnoDB',
  ].join('\n');
  expect(findIndexes(text)).toEqual([
    "KEY `by ``a``` (`KEY ``a`,`id` DESC) COMMENT 'first, of two'",
    'KEY `part` (`name`(10))',
  ]);
});
