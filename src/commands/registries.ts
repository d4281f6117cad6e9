// How commands reach registries: the options that say so, and logins that AWS makes on demand.
import type { Command } from 'commander';
import { FactoryError } from '../errors.ts';
import type { StoreContext } from '../image/stores.ts';
import type { CommandContext } from './context.ts';
import { collect } from './options.ts';

export interface RegistryOptions {
  readonly insecureRegistry?: readonly string[] | undefined;
}

export function addRegistryOptions(command: Command): Command {
  return command.option(
    '--insecure-registry <host>',
    'a registry, HOST:PORT, to speak to without TLS, repeatable',
    collect,
    [],
  );
}

export function makeStoreContext(
  { env, folders }: Pick<CommandContext, 'env' | 'folders'>,
  options: RegistryOptions,
): StoreContext {
  return {
    dataDir: folders.dataDir,
    env,
    plainHosts: options.insecureRegistry,
    findLogin: async (host) => {
      const { findEcrLogin } = await import('../aws/ecr.ts');
      return await findEcrLogin(host, env).catch(ignoreMissing);
    },
  };
}

/** Without AWS credentials there may still be a login of `docker login`. */
function ignoreMissing(error: unknown): undefined {
  if (error instanceof FactoryError && error.code === 'NOT_AUTHENTICATED') return;
  throw error;
}
