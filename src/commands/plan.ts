// db-artifact plan: what converging would make; changes nothing.
import { Command } from 'commander';
import type { Plan } from '../converge/plan.ts';
import { EXIT } from '../errors.ts';
import { getArtifact } from './artifacts.ts';
import { openAws } from './aws.ts';
import type { CommandContext } from './context.ts';
import { findDefaultName } from './converge.ts';
import { findKnownPassword } from './converge-here.ts';
import {
  addConvergeOptions,
  type ConvergeOptions,
  makeConvergeRequest,
  pickImage,
} from './converge-options.ts';
import { formatFacts, formatTable } from './table.ts';

interface PlanOptions extends ConvergeOptions {
  readonly exitCode?: boolean | undefined;
}

export function makePlanCommand(context: CommandContext): Command {
  const command = new Command('plan')
    .description('Show what converging would make. Changes nothing.')
    .argument('[image]', 'the image of the artifact (default: db-artifact:latest)')
    .option('--exit-code', `exit with ${EXIT.differences} when something would be made`);
  return addConvergeOptions(command).action(async (image: string | undefined, options: PlanOptions) => {
    const output = context.openOutput(command);
    const found = await getArtifact(context, pickImage(image, options), options);
    const aws = await openAws(context, options, found.artifact.spec.source);
    const content = await found.loadContent();
    const { planCopy } = await import('../converge/plan.ts');
    const unnamed = makeConvergeRequest(context, options, { aws, content, ...found });
    const request = { ...unnamed, name: unnamed.name ?? (await findDefaultName(unnamed)) };
    // With the password that converging would use: a new one would always be a change.
    const known = await findKnownPassword(context.folders.copiesDir, request);
    const plan = await planCopy({ ...request, ...known });
    await output.print({
      document: toPlanDocument(plan),
      text: formatPlan(plan),
      brief: plan.steps
        .filter(({ action }) => action === 'make')
        .map(({ phase }) => phase)
        .join('\n'),
    });
    const isDifferent =
      plan.steps.some(({ action }) => action === 'make') ||
      plan.differences.some(({ isChanged }) => isChanged);
    if (options.exitCode && isDifferent) context.setExitStatus(EXIT.differences);
  });
}

function toPlanDocument({ estimate, ...plan }: Plan): Readonly<Record<string, unknown>> {
  const { text, leastMinutes = null, mostMinutes = null } = estimate;
  return { ...plan, estimate: { text, leastMinutes, mostMinutes } };
}

function formatPlan(plan: Plan): string {
  const { settings } = plan;
  const facts = formatFacts({
    copy: plan.name,
    mode: plan.mode,
    source: plan.sourceId,
    owner: plan.owner,
    engine: `${settings.engine} ${settings.engineVersion}`,
    'instance class': settings.instanceClass,
    readers: String(settings.readers),
    port: String(settings.port),
    subnets: settings.subnetIds.join(', '),
    'may connect': plan.cidrs.join(', ') || undefined,
    takes: plan.estimate.text,
  });
  const steps = formatTable(
    ['action', 'what'],
    [
      ...plan.steps.map(({ phase, action }) => [action, phase]),
      ...plan.differences.map(({ text, isChanged }) => [isChanged ? 'change' : 'differs', text]),
    ],
  );
  const warnings = plan.warnings.map((warning) => `warning: ${warning}`);
  return [facts, '', steps, ...(warnings.length > 0 ? ['', ...warnings] : [])].join('\n');
}
