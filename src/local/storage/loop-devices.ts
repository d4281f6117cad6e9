// Attaches image files to loop devices and lets go of them. Device names are used again by others at once, so a
// device is only ever detached while it is certain to be ours.
import { setTimeout as sleep } from 'node:timers/promises';
import { runChecked } from '../../run.ts';

/** Whoever looks at a device keeps it for a moment. */
const DETACH_TIMEOUT_MS = 3000;
const DETACH_POLL_MS = 10;

export interface LoopDevice {
  readonly name: string;
  /** The kernel detaches it when the last user closes it. */
  readonly isAutoclear: boolean;
}

/** The device of an image: the one that it is attached to already, or a new one. */
export async function attachImage(image: string, env: NodeJS.ProcessEnv): Promise<string> {
  const attached = (await findDevices(image, env)).find((device) => !device.isAutoclear);
  if (attached) return attached.name;
  // Direct I/O, or every block would be in memory twice.
  return (await runChecked('losetup', ['--find', '--show', '--direct-io=on', image], { env })).trim();
}

/** Has the kernel detach what is attached as soon as it is not mounted any more. */
export async function releaseImage(image: string, env: NodeJS.ProcessEnv): Promise<void> {
  for (const { name, isAutoclear } of await findDevices(image, env)) {
    if (!isAutoclear) await runChecked('losetup', ['--detach', name], { env });
  }
}

/** Releases an image that is not mounted, and waits until it is free. */
export async function detachImage(image: string, env: NodeJS.ProcessEnv): Promise<void> {
  await releaseImage(image, env);
  const deadline = Date.now() + DETACH_TIMEOUT_MS;
  while ((await findDevices(image, env)).length > 0 && Date.now() < deadline) await sleep(DETACH_POLL_MS);
}

async function findDevices(image: string, env: NodeJS.ProcessEnv): Promise<LoopDevice[]> {
  const args = ['--noheadings', '--output', 'NAME,AUTOCLEAR', '--associated', image];
  const lines = (await runChecked('losetup', args, { env })).split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [name = '', autoclear] = line.trim().split(/\s+/);
    return { name, isAutoclear: autoclear === '1' };
  });
}
