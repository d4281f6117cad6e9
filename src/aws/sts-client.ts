// What is used of the STS client, by name, so that the bundle holds only that.
export { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
