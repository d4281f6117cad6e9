// Checks names that a client chooses and brings them to the form in which RDS keeps them.
import { invalidValue } from '../faults.ts';

/** Cluster and instance identifiers: kept in lower case, compared without regard to case. */
export function checkIdentifier(parameter: string, value: string): string {
  if (value.length > 63) {
    throw invalidValue(
      `The parameter ${parameter} is not a valid identifier because it is longer than 63 characters.`,
    );
  }
  if (!/^[A-Za-z](?:-?[A-Za-z0-9])*$/.test(value)) {
    throw invalidValue(
      `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain ` +
        'only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.',
    );
  }
  return value.toLowerCase();
}

export function checkSubnetGroupName(name: string): string {
  if (name.toLowerCase() === 'default' || !/^[A-Za-z][A-Za-z0-9._ -]{0,254}$/.test(name)) {
    throw invalidValue(
      `The parameter DBSubnetGroupName must be provided and must not be 'default'; it must begin with a letter ` +
        "and contain only letters, digits, spaces, periods, underscores, and hyphens; '" +
        `${name}' does not.`,
    );
  }
  return name.toLowerCase();
}
