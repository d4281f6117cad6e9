// db-artifact build: INI file to image.
import { Command } from 'commander';
import { openAws } from './aws.ts';
import { makeRehearsalStarter, readSourceLogin, type SourceOptions, writeDraft } from './build-options.ts';
import type { CommandContext } from './context.ts';
import { getProgramPath } from './folders.ts';
import { addLiquibaseOptions, type LiquibaseOptions, readLiquibaseWish } from './liquibase-options.ts';
import { type AwsOptions, addAwsOptions, collect, collectList } from './options.ts';
import type { Printable } from './output.ts';
import { addRegistryOptions, makeStoreContext, type RegistryOptions } from './registries.ts';
import { formatBytes, formatFacts } from './table.ts';

interface BuildOptions extends AwsOptions, RegistryOptions, SourceOptions, LiquibaseOptions {
  readonly rehearsal: boolean;
  readonly draftPolicy?: string | undefined;
  readonly tag: readonly string[];
  readonly to: readonly string[];
  readonly push: readonly string[];
  readonly base?: string | undefined;
  readonly platform: readonly string[];
  readonly strip?: boolean | undefined;
}

export function makeBuildCommand(context: CommandContext): Command {
  const command = new Command('build')
    .description('Build a database artifact, an image, from an INI file.')
    .argument('<ini>', 'the INI file that describes the artifact')
    .option('-t, --tag <name>', 'a name for the image, repeatable (default: db-artifact:latest)', collect, [])
    .option('--to <store>', 'also write it to oci:FOLDER, FILE.tar or docker:NAME, repeatable', collect, [])
    .option('--push <reference>', 'also push it to HOST/REPOSITORY:TAG, repeatable', collect, [])
    .option('--base <image>', 'the image to stand on, or `host` for the runtime of this machine')
    .option(
      '--platform <platform>',
      'os/architecture, several with commas or repeated (default: that of the base)',
      collectList,
      [],
    )
    .option('--strip', 'leave symbol tables out of a `host` base')
    .option('--no-rehearsal', 'do not try the schema on a throw-away database')
    .option(
      '--source-db-password-file <file>',
      'a file with a password of the source: the masking policy is checked',
    )
    .option('--source-db-username <user>', "who reads the source's schema (default: its master user)")
    .option('--draft-policy <file>', 'write a first draft of a masking policy, and build nothing');
  return addAwsOptions(addRegistryOptions(addLiquibaseOptions(command))).action(
    async (ini: string, options: BuildOptions) => {
      const output = context.openOutput(command);
      const { readSpecFile } = await import('../build/read-spec-file.ts');
      const aws = await openAws(context, options, (await readSpecFile(ini)).source);
      const sourceLogin = await readSourceLogin(options);
      if (options.draftPolicy !== undefined) {
        await writeDraft(context, aws, { iniPath: ini, login: sourceLogin, path: options.draftPolicy });
        await output.print(describeDraft(options.draftPolicy));
        return;
      }
      const { buildArtifact } = await import('../build/build.ts');
      const result = await buildArtifact(
        {
          ...makeStoreContext(context, options),
          iniPath: ini,
          tags: options.tag,
          stores: [...options.to, ...options.push],
          base: options.base,
          platforms: options.platform,
          aws,
          programPath: getProgramPath(context.launch.args.at(-1) ?? ''),
          toolVersion: context.version,
          strip: options.strip,
          sourceLogin,
          liquibase: readLiquibaseWish(options),
          startThrowAwayDatabase: options.rehearsal ? makeRehearsalStarter(context) : undefined,
        },
        output.progress,
      );
      const { digest, imageId, references, sizeBytes, artifact, rehearsal = null } = result;
      const { spec, discovered, modes } = artifact;
      await output.print({
        document: { digest, imageId, references, sizeBytes, source: spec.source.clusterId, modes, rehearsal },
        text: `${formatFacts({
          source: `${spec.source.clusterId} (${discovered.engine} ${discovered.engineVersion})`,
          written: references.join(', '),
          digest,
          size: formatBytes(sizeBytes),
          rehearsal:
            rehearsal === null
              ? undefined
              : rehearsal.isRehearsed
                ? 'the schema runs'
                : `not tried: ${rehearsal.reason}`,
        })}\nimage id: ${imageId}`,
        brief: digest,
      });
    },
  );
}

function describeDraft(path: string): Printable {
  const text = `A first draft is in ${path}. Read every line of it, then name it in [masking] masking_policy_path.`;
  return { document: { draft: path }, text, brief: path };
}
