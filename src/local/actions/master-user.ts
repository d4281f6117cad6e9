// Checks the names and the password that a cluster begins with. Never puts a password into a message.
import { invalidValue } from '../faults.ts';
import type { EngineFamily } from '../records.ts';

const RESERVED_USERS = {
  'aurora-postgresql': /^(rdsadmin|admin|pg_.*)$/i,
  'aurora-mysql': /^(rdsadmin|root|mysql\..*)$/i,
};
const RESERVED_DATABASES = {
  'aurora-postgresql': /^(admin|postgres|rdsadmin|template[01])$/i,
  'aurora-mysql': /^(mysql|sys|information_schema|performance_schema|rdsadmin)$/i,
};
const LONGEST_PASSWORD = { 'aurora-postgresql': 99, 'aurora-mysql': 41 };
const LONGEST_DATABASE_NAME = { 'aurora-postgresql': 63, 'aurora-mysql': 64 };

export function checkMasterUsername(engine: EngineFamily, name: string | undefined): string {
  if (!name) throw invalidValue('The parameter MasterUsername must be provided and must not be blank.');
  if (!/^[A-Za-z][A-Za-z0-9_]{0,15}$/.test(name)) {
    throw invalidValue(
      'The parameter MasterUsername is not a valid identifier: it must be 1 to 16 letters, digits, or underscores, ' +
        'and must begin with a letter.',
    );
  }
  if (RESERVED_USERS[engine].test(name)) {
    throw invalidValue(`MasterUsername ${name} cannot be used as it is a reserved word used by the engine`);
  }
  return name;
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html */
export function checkMasterPassword(engine: EngineFamily, password: string | undefined): string {
  if (!password)
    throw invalidValue('The parameter MasterUserPassword must be provided and must not be blank.');
  const invalid = 'The parameter MasterUserPassword is not a valid password';
  if (password.length < 8) throw invalidValue(`${invalid} because it is shorter than 8 characters.`);
  const longest = LONGEST_PASSWORD[engine];
  if (password.length > longest) {
    throw invalidValue(`${invalid} because it is longer than ${longest} characters.`);
  }
  if (!/^[!-~]+$/.test(password) || /[/@"]/.test(password)) {
    throw invalidValue(`${invalid}. Only printable ASCII characters besides '/', '@', '"', ' ' may be used.`);
  }
  return password;
}

export function checkDatabaseName(engine: EngineFamily, name: string): string {
  const isValid = /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && name.length <= LONGEST_DATABASE_NAME[engine];
  if (!isValid) {
    throw invalidValue(
      `The parameter DatabaseName is not valid: it must begin with a letter, contain only letters, digits, and ` +
        `underscores, and be at most ${LONGEST_DATABASE_NAME[engine]} characters long.`,
    );
  }
  if (RESERVED_DATABASES[engine].test(name)) {
    throw invalidValue(`DatabaseName ${name} cannot be used. It is a reserved word for this engine`);
  }
  return name;
}
