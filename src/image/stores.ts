// Finds the store that a text names: `oci:FOLDER[:NAME]`, `docker:NAME`, `FILE.tar`, `HOST/REPOSITORY:TAG[@DIGEST]`,
// or a bare name, which is an image of the local image store.
import { join } from 'node:path';
import { FactoryError } from '../errors.ts';
import { makeArchiveStore } from './archive-store.ts';
import { makeDockerStore } from './docker/store.ts';
import { makeLayoutStore } from './layout-store.ts';
import { formatReference, formatShortReference, namesHost, parseReference } from './reference.ts';
import { makeRegistryStore, type RegistryOptions } from './registry/store.ts';
import type { ImageStore } from './store.ts';

export interface StoreContext extends RegistryOptions {
  /** The local image store is its folder `images`. */
  readonly dataDir: string;
}

export interface ImageLocation {
  readonly store: ImageStore;
  /** Empty where the text names a store only: the only image when read; what the caller likes when written. */
  readonly reference: string;
  /** True for a name alone, which other stores may know too. */
  readonly isBareName?: boolean;
}

/** Nothing is opened or asked yet. */
export function locateImage(text: string, context: StoreContext): ImageLocation {
  const [scheme, rest] = splitScheme(text);
  if (scheme === 'oci') return locateInLayout(rest);
  if (scheme === 'archive') return { store: makeArchiveStore(rest), reference: '' };
  if (scheme === 'docker') return locateInEngine(rest, context);
  if (namesHost(text)) return locateInRegistry(text, context);
  const reference = formatShortReference(parseReference(text));
  return { store: makeLocalStore(context), reference, isBareName: true };
}

/** The images that this tool built or pulled on this machine. */
export function makeLocalStore(context: Pick<StoreContext, 'dataDir'>): ImageStore {
  return makeLayoutStore(join(context.dataDir, 'images'), { removesUnusedBlobs: true });
}

function splitScheme(text: string): readonly ['oci' | 'archive' | 'docker' | 'name', string] {
  if (text.startsWith('oci:')) return ['oci', text.slice('oci:'.length)];
  if (text.startsWith('docker:')) return ['docker', text.slice('docker:'.length)];
  if (text.endsWith('.tar')) return ['archive', text];
  return ['name', text];
}

/** A colon within the last part of the path begins a name. */
function locateInLayout(rest: string): ImageLocation {
  const colon = rest.lastIndexOf(':');
  const hasName = colon > 0 && colon > rest.lastIndexOf('/') && !/^[A-Za-z]:\\/.test(rest);
  const folder = hasName ? rest.slice(0, colon) : rest;
  if (folder === '') throw new FactoryError('BAD_INVOCATION', 'oci: names no folder');
  const reference = hasName ? rest.slice(colon + 1) : '';
  return { store: makeLayoutStore(folder, { removesUnusedBlobs: false }), reference };
}

function locateInEngine(rest: string, context: StoreContext): ImageLocation {
  const reference = rest === '' ? '' : formatShortReference(parseReference(rest));
  return { store: makeDockerStore(context.env), reference };
}

function locateInRegistry(text: string, context: StoreContext): ImageLocation {
  return { store: makeRegistryStore(context), reference: formatReference(parseReference(text)) };
}
