// The library: what the programs are made of, for programs of your own. Named exports, no logic.
// examples/library shows it at work.

export type { Artifact, DiscoveredSource } from './artifact/artifact.ts';
export type { ArtifactContent } from './artifact/artifact-content.ts';
export { formatArtifact } from './artifact/artifact-document.ts';
export { parseArtifact } from './artifact/parse-artifact.ts';
export { readSpec } from './artifact/read-spec.ts';
export { type ArtifactSpec, MODES, type Mode, SPEC_VERSION } from './artifact/spec.ts';
export { type AwsConnection, type AwsOptions, connectAws } from './aws/connect.ts';
export { type BuildRequest, type BuildResult, buildArtifact } from './build/build.ts';
export { unpackLiquibase } from './build/liquibase/unpack-liquibase.ts';
export { readArtifact } from './build/read-artifact.ts';
export { readContent } from './build/read-content.ts';
export {
  CONNECTION_FORMATS,
  type Connection,
  type ConnectionFormat,
  formatConnection,
} from './converge/connection.ts';
export { convergeCopy } from './converge/converge.ts';
export type { MaskingReport } from './converge/masking/report.ts';
export { type Plan, type PlannedStep, planCopy } from './converge/plan.ts';
export type { ConvergeRequest, ConvergeResult, Timing } from './converge/request.ts';
export { type Collected, collectCopies } from './copies/collect.ts';
export { type Destroyed, type DestroyOptions, destroyCopy } from './copies/destroy.ts';
export { extendCopy, protectCopy } from './copies/keep.ts';
export { type Copy, findCopy, getCopy, listCopies } from './copies/list.ts';
export { ERROR_CODES, type ErrorCode, EXIT, FactoryError } from './errors.ts';
export { findImage, getImage } from './image/find-image.ts';
export type { Image, ImageConfig, Manifest } from './image/image.ts';
export type { ImageStore, ImageSummary } from './image/store.ts';
export { openDatabases } from './local/open-databases.ts';
export { type LocalServer, startLocalServer } from './local/server.ts';
export type { LocalSettings } from './local/settings.ts';
export type { PhaseEvent, Progress, ProgressEvent } from './progress.ts';
