// Images in Amazon's registry (ECR), which logs in with the same credentials.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
import { allow, type PolicyScope, type PolicyStatement } from './statement.ts';

const READ = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const WRITE = ['ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];

export function pullImages(scope: PolicyScope): PolicyStatement[] {
  return [logIn(), allow('PullImages', READ, listRepositories(scope))];
}

export function pushImages(scope: PolicyScope): PolicyStatement[] {
  return [logIn(), allow('PushImages', [...READ, ...WRITE], listRepositories(scope))];
}

function logIn(): PolicyStatement {
  return allow('LogInToRegistry', ['ecr:GetAuthorizationToken'], '*');
}

function listRepositories({ partition, region, account }: PolicyScope): string {
  return `arn:${partition}:ecr:${region}:${account}:repository/*`;
}
