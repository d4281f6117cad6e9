// Certificates for tests: signed by themselves, so that each is its own authority.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export interface Certificate {
  readonly keyPath: string;
  readonly certificatePath: string;
}

export function makeCertificate(folder: string, name: string): Certificate {
  const [keyPath, certificatePath] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const args =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -addext basicConstraints=critical,CA:TRUE'.split(
      ' ',
    );
  args.push('-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`);
  execFileSync('openssl', [...args, '-keyout', keyPath, '-out', certificatePath], { stdio: 'ignore' });
  return { keyPath, certificatePath };
}
