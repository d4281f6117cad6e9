// What is used of the IAM client, by name, so that the bundle holds only that.
export { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
