// What is used of the Secrets Manager client, by name, so that the bundle holds only that.
export { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
