// An OCI image as data: what every store reads and writes. Knows nothing of what the image is for.
// https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly platform?: Platform | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Of what is no image, such as an SBOM. */
  readonly artifactType?: string | undefined;
}

export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly subject?: Descriptor | undefined;
  readonly artifactType?: string | undefined;
}

export interface ImageConfig extends Platform {
  readonly created?: string | undefined;
  readonly config?: {
    readonly User?: string;
    readonly Env?: readonly string[];
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly WorkingDir?: string;
    readonly Labels?: Readonly<Record<string, string>>;
    readonly StopSignal?: string;
  };
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly string[] };
  readonly history?: readonly {
    readonly created?: string;
    readonly created_by?: string;
    readonly empty_layer?: boolean;
  }[];
}

/** A content-addressed piece: its bytes are fetched only when asked for. */
export interface Blob {
  readonly descriptor: Descriptor;
  /** `HOST/REPOSITORY` of the registry that it comes from, which can mount it in another repository. */
  readonly origin?: string | undefined;
  /** Yields exactly `descriptor.size` bytes; the reader checks the digest. */
  open(): AsyncIterable<Uint8Array>;
  /** Its bytes are not those of its digest: where it is kept it is checked before it is relied on again. */
  distrust?(): Promise<void>;
  /** A file of this machine with exactly these bytes, checked before. */
  findCheckedFile?(): Promise<string | undefined>;
}

/** One image for one platform: manifest and config are in memory, layers are not. */
export interface Image {
  readonly digest: string;
  readonly manifest: Manifest;
  /** The exact bytes that `digest` is of. */
  readonly manifestBytes: Uint8Array;
  readonly config: ImageConfig;
  readonly configBytes: Uint8Array;
  /** In the order of `manifest.layers`. */
  readonly layers: readonly Blob[];
}

/** An index as somebody published it, so that copies keep its digest. */
export interface PublishedIndex {
  readonly blob: Blob;
  /** Manifests in it that are no images, such as attestations. */
  readonly others: readonly OtherManifest[];
}

export interface OtherManifest {
  readonly manifest: Blob;
  /** Its config and documents. */
  readonly blobs: readonly Blob[];
}
