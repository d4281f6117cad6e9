// Every INI file that the documentation and the examples show.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from './sources.ts';

const REQUIRED = {
  source_db: 'source_db_cluster_id = shop-prod',
  target_db: 'subnet_ids = source\ninstance_type = source',
};

export interface Example {
  readonly place: string;
  readonly text: string;
}

/** A document may show a part of a file; what every file needs is added then. */
function complete(text: string): string {
  const missing = Object.entries(REQUIRED).filter(([section]) => !text.includes(`[${section}]`));
  return [text, ...missing.map(([section, keys]) => `[${section}]\n${keys}`)].join('\n');
}

export function listExamples(): Example[] {
  const documents = [
    'README.md',
    ...readdirSync(join(projectFolder, 'docs')).map((name) => join('docs', name)),
  ];
  const shown = documents
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) => {
      const text = readFileSync(join(projectFolder, path), 'utf8');
      return [...text.matchAll(/```ini\n(.*?)```/gs)].map((match, index) => ({
        place: `${path}, number ${index + 1}`,
        text: complete(match[1] ?? ''),
      }));
    });
  const files = readdirSync(join(projectFolder, 'examples'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ini'))
    .map((path) => ({ place: path, text: readFileSync(join(projectFolder, 'examples', path), 'utf8') }));
  return [...shown, ...files];
}
