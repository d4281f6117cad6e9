// A stack as text for CloudFormation: YAML with its notes as comments, or JSON, which keeps them as metadata alone.
import type { Stack } from './stack.ts';

export const STACK_FORMATS = ['yaml', 'json'] as const;
export type StackFormat = (typeof STACK_FORMATS)[number];

export async function formatStack({ template, notes }: Stack, format: StackFormat): Promise<string> {
  if (format === 'json') return JSON.stringify(template, null, 2);
  const { stringify } = await import('yaml');
  const comments = notes.map((note) => `# ${note}\n`).join('');
  // Windows such as 03:00-03:30 stay strings for readers of YAML 1.1 as well, which CloudFormation has.
  return `${comments}${stringify(template, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 })}`;
}
