// The gate of a copy: what must be done inside its database before anyone but the converger can reach it. Pure.
import type { ArtifactContent } from '../../artifact/artifact-content.ts';
import { FactoryError } from '../../errors.ts';
import { getMaskingDigest } from '../masking/digest.ts';
import type { ConvergeRequest } from '../request.ts';

export interface Gate {
  readonly work: GateWork;
  /** Of the master user while the gate is shut; nobody else ever sees it. */
  readonly password: string;
  /** The converger's own address, the only one that is let in. */
  readonly cidr: string;
}

/** A clone is masked and its source's logins are treated, a fresh database gets a schema; both get after steps. */
export interface GateWork extends Partial<ArtifactContent> {
  readonly maskingDigest?: string | undefined;
  readonly inheritedLogins?: 'lock' | 'keep' | 'rotate' | undefined;
  /** Gives the folder with Liquibase; the rest is in the spec. */
  readonly openLiquibase?: (() => Promise<string>) | undefined;
}

/** Undefined where a copy is ready as soon as it runs. */
export function findGateWork(request: ConvergeRequest): GateWork | undefined {
  const work = request.mode === 'clone' ? listCloneWork(request) : listCreateWork(request);
  const { inheritedLogins, ...rest } = work;
  const treatsLogins = inheritedLogins === 'lock' || inheritedLogins === 'rotate';
  const isNeeded = treatsLogins || Object.values(rest).some((part) => part !== undefined);
  return isNeeded ? work : undefined;
}

function listCloneWork({ artifact, content = {} }: ConvergeRequest): GateWork {
  const { maskingPolicy, maskingSql, afterSql } = content;
  const { inheritedLogins } = artifact.spec.masking;
  return { maskingPolicy, maskingSql, maskingDigest: getMaskingDigest(content), inheritedLogins, afterSql };
}

function listCreateWork({ artifact, content = {}, openLiquibase }: ConvergeRequest): GateWork {
  const { schemaSql, afterSql } = content;
  const hasChangelog = artifact.spec.schema.liquibaseChangelogPath !== undefined;
  if (hasChangelog && openLiquibase === undefined) {
    throw new FactoryError('BAD_INVOCATION', 'the artifact has a Liquibase changelog and nobody opened it');
  }
  return { openLiquibase: hasChangelog ? openLiquibase : undefined, schemaSql, afterSql };
}

/** For people: what is done, such as `masking and after steps`. */
export function describeWork(work: GateWork): string {
  const parts = [
    work.maskingDigest && 'masking',
    (work.inheritedLogins === 'lock' || work.inheritedLogins === 'rotate') && 'inherited logins',
    (work.openLiquibase ?? work.schemaSql) && 'schema',
    work.afterSql && 'after steps',
  ].filter((part) => typeof part === 'string');
  const last = parts.pop() ?? '';
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
}
