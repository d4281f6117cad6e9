// What is used of the ECR client, by name, so that the bundle holds only that.
export { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
