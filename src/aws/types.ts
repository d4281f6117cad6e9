// The shapes of the RDS and EC2 APIs that the rest of the product reads and writes, so that only this folder names
// the SDK.
export type { IpPermission, RouteTable, SecurityGroup, Subnet } from '@aws-sdk/client-ec2';
export type {
  CreateDBClusterMessage,
  CreateDBInstanceMessage,
  CreateDBSubnetGroupMessage,
  DBCluster,
  DBClusterSnapshot,
  DBInstance,
  Event as RdsEvent,
  ModifyDBClusterMessage,
  ModifyDBInstanceMessage,
  RestoreDBClusterToPointInTimeMessage,
  Tag,
} from '@aws-sdk/client-rds';
