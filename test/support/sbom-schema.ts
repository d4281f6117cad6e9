// CycloneDX's own schema, by its library's validator.
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';

/** Undefined where the document is good. */
export async function findSbomProblem(text: string): Promise<unknown> {
  const problem = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);
  return problem ?? undefined;
}
