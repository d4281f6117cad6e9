// Uses the package as a library: prints name and expiry of every copy. AWS settings come from the environment.
import { connectAws, listCopies } from 'database-artifact-factory';

const aws = await connectAws({ env: process.env });
for (const { name, expiresAt } of await listCopies(aws)) console.log(name, expiresAt ?? 'never');
