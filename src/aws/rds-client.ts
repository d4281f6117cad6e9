// The RDS client by name, so that the bundle holds only the calls that are made.
export { RDSClient } from '@aws-sdk/client-rds';
