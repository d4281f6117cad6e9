// Names of copies: a copy's name is its cluster identifier, and its instances add `-1` to `-16` to it.
import { FactoryError } from '../errors.ts';

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html */
const CLUSTER_ID = /^[a-z](?:-?[a-z0-9])*$/i;
const CLUSTER_ID_LENGTH = 63;
const SUFFIX_LENGTH = '-16'.length;

export const CLUSTER_ID_RULE =
  '1 to 63 letters, digits or single hyphens, beginning with a letter and not ending with a hyphen';

export function isClusterId(text: string): boolean {
  return text.length <= CLUSTER_ID_LENGTH && CLUSTER_ID.test(text);
}

/** The name in lower case, as RDS keeps it. */
export function checkCopyName(name: string): string {
  const room = CLUSTER_ID_LENGTH - SUFFIX_LENGTH;
  if (name.length <= room && CLUSTER_ID.test(name)) return name.toLowerCase();
  throw new FactoryError('BAD_INVOCATION', `the name "${name}" is not a possible name of a copy`, {
    hint: `Use 1 to ${room} letters, digits or single hyphens, beginning with a letter.`,
  });
}
