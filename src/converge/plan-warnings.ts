// What a plan warns of beyond what preparing a copy has found. Pure.
import type { ConvergeRequest } from './request.ts';

export function listPlanWarnings(request: ConvergeRequest): string[] {
  return [...listLoginWarnings(request), ...listLifetimeWarnings(request)];
}

/** Whoever knows a password of the source can use it in the clone. */
function listLoginWarnings({ mode, artifact }: ConvergeRequest): string[] {
  if (mode !== 'clone' || artifact.spec.masking.inheritedLogins !== 'keep') return [];
  return ["the source's logins work in the clone, with the same passwords; see inherited_logins"];
}

function listLifetimeWarnings({ artifact, ttlSeconds }: ConvergeRequest): string[] {
  if ((ttlSeconds ?? artifact.spec.lifetime.ttlSeconds) !== 'none') return [];
  return ['the copy never expires, so it costs until somebody destroys it; --ttl gives it an end'];
}
