// Every INI file that the documentation and the examples show.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from './sources.ts';

export interface IniExample {
  /** Such as `docs/ini.md:6`. */
  readonly place: string;
  readonly text: string;
}

const TARGET = '[target_db]\nsubnet_ids = source\ninstance_type = source\n';
const SOURCE = '[source_db]\nsource_db_cluster_id = shop-prod\n';

/** Where a page shows some sections alone, the two that every file has are added. */
export function listIniExamples(): IniExample[] {
  return [...listInPages(), ...listInFiles()].map(({ place, text }) => ({
    place,
    text: [
      text,
      ...(text.includes('[source_db]') ? [] : [SOURCE]),
      ...(text.includes('[target_db]') ? [] : [TARGET]),
    ].join('\n'),
  }));
}

function listInPages(): IniExample[] {
  return ['README.md', ...listFiles('docs', '.md')].flatMap((place) => {
    const text = read(place);
    return [...text.matchAll(/```ini\n(.*?)```/gs)].map((match) => ({
      place: `${place}:${text.slice(0, match.index).split('\n').length + 1}`,
      text: match[1] ?? '',
    }));
  });
}

function listInFiles(): IniExample[] {
  return listFiles('examples', '.ini').map((place) => ({ place, text: read(place) }));
}

function listFiles(folder: string, ending: string): string[] {
  return readdirSync(join(projectFolder, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .sort()
    .map((path) => join(folder, path));
}

function read(path: string): string {
  return readFileSync(join(projectFolder, path), 'utf8');
}
