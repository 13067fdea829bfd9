/** What we use of `@vercel/ncc` 0.45.0, which ships no types. */
declare module "@vercel/ncc" {
  interface NccOptions {
    readonly cache: false;
    readonly esm: true;
    readonly filename: string;
    readonly filterAssetBase: string;
    readonly minify: false;
    readonly quiet: true;
    readonly sourceMap: false;
  }

  interface NccModule {
    /** As webpack prints it, with the query. */
    readonly name?: string;
    /** The module's file; absent on groups and on webpack's own runtime, null on externals. */
    readonly nameForCondition?: string | null;
    readonly size: number;
    /** The files that were concatenated into this module. */
    readonly modules?: readonly NccModule[];
  }

  interface NccResult {
    readonly code: string;
    readonly assets: Readonly<Record<string, { readonly source: Buffer | string }>>;
    readonly stats: {
      toJson(options: Readonly<Record<string, boolean | number>>): {
        readonly modules: readonly NccModule[];
      };
    };
  }

  export default function ncc(entry: string, options: NccOptions): Promise<NccResult>;
}
