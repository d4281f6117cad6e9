// Errors as the AWS APIs word them: a code, a sentence and an HTTP status. Knows no resource and no wire format.

/** An error that the client is told; every other error becomes InternalFailure. */
export class Fault extends Error {
  /** The code on the wire, which for some RDS errors lacks the `Fault` of the shape's name. */
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'Fault';
    this.code = code;
    this.status = status;
  }

  get isSenders(): boolean {
    return this.status < 500;
  }
}

export function invalidValue(message: string): Fault {
  return new Fault('InvalidParameterValue', message);
}

export function invalidCombination(message: string): Fault {
  return new Fault('InvalidParameterCombination', message);
}

export function missingParameter(name: string): Fault {
  return new Fault('MissingParameter', `The request must contain the parameter ${name}`);
}

/** What AWS knows and the local RDS does not: refused, so that nobody believes it was done. */
export function notSupported(what: string): Fault {
  return invalidCombination(`${what} is not supported by the local RDS.`);
}

export function clusterNotFound(id: string): Fault {
  return new Fault('DBClusterNotFoundFault', `DBCluster ${id} not found.`, 404);
}

export function snapshotNotFound(id: string): Fault {
  return new Fault('DBClusterSnapshotNotFoundFault', `DBClusterSnapshot not found: ${id}`, 404);
}

export function instanceNotFound(id: string): Fault {
  return new Fault('DBInstanceNotFound', `DBInstance ${id} not found.`, 404);
}

export function subnetGroupNotFound(name: string): Fault {
  return new Fault('DBSubnetGroupNotFoundFault', `DB subnet group '${name}' does not exist.`, 404);
}

export function securityGroupNotFound(id: string): Fault {
  return new Fault('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
}

export function invalidClusterState(message: string): Fault {
  return new Fault('InvalidDBClusterStateFault', message);
}

export function invalidSnapshotState(message: string): Fault {
  return new Fault('InvalidDBClusterSnapshotStateFault', message);
}

export function invalidInstanceState(message: string): Fault {
  return new Fault('InvalidDBInstanceState', message);
}
