// What a tool finds in the sandbox. There is no DOM and no Node: this file is the whole surface besides ECMAScript.

/** A value SQLite can hold. Integers beyond 2^53 are `bigint`, blobs are `Uint8Array`. */
type TgpSqlValue = string | number | bigint | boolean | null | Uint8Array;

/** What a statement gave back; rows are arrays of values in the order of the columns. */
interface TgpSqlResult {
  columns: string[];
  rows: any[][];
  rows_affected: number;
}

/** The way to everything outside of the sandbox. All functions answer at once; `await` on them is harmless. */
interface Tgp {
  /** The text of a file: the project's, the library's below `/lib`, or this run's own below `/tmp`. */
  read_file(path: string): string;
  /** All files below a folder. */
  list_files(dir: string): string[];
  /** Writes a file, into the folders of `fs.allowedDirs` or below `/tmp`. */
  write_file(path: string, content: string): void;
  /** Runs another tool with its arguments and gives its result. It shares this run's limits. */
  exec_tool(path: string, args?: object): any;
  /** Runs one SQL statement. `?` takes an array of parameters, `:name` an object. A tool run is one transaction. */
  exec_sql(sql: string, params?: TgpSqlValue[] | Record<string, TgpSqlValue>): TgpSqlResult;
  /** The same as the global `fetch`. */
  fetch: typeof fetch;
}

declare const tgp: Tgp;

/** The argument object of a bare script (a tool without exports that returns its result). */
declare const args: any;

/** Another tool, by its path from this one. `import` says the same with types. */
declare function require(path: string): any;

interface TgpConsole {
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
  debug(...values: unknown[]): void;
}

/** Lines that come back with the result; what a tool has to say to other tools it returns. */
declare const console: TgpConsole;

interface Headers extends Iterable<[string, string]> {
  append(name: string, value: string): void;
  set(name: string, value: string): void;
  get(name: string): string | null;
  has(name: string): boolean;
  delete(name: string): void;
  forEach(call: (value: string, name: string, headers: Headers) => void): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
}
declare const Headers: { new (from?: Record<string, string> | Iterable<readonly [string, string]>): Headers };

interface Response {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: Headers;
  readonly bodyUsed: boolean;
  text(): Promise<string>;
  json(): Promise<any>;
  bytes(): Promise<Uint8Array>;
  arrayBuffer(): Promise<ArrayBuffer>;
}
declare const Response: {
  new (
    body?: string | Uint8Array | null,
    init?: { status?: number; statusText?: string; headers?: Record<string, string>; url?: string },
  ): Response;
};

interface TgpFetchInit {
  method?: string;
  headers?: Record<string, string> | Headers | Iterable<readonly [string, string]>;
  body?: string | Uint8Array | ArrayBuffer | null;
}

/**
 * Asks a URL below an entry of `allowedFetchUrls`; every other is refused. A method that changes something has to be
 * declared in `export const effects`; its redirects are not followed.
 */
declare function fetch(url: string, init?: TgpFetchInit): Promise<Response>;

interface TgpCrypto {
  /** From the seed of the run: the same seed gives the same ids. */
  randomUUID(): string;
  getRandomValues<T extends Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array>(array: T): T;
}
declare const crypto: TgpCrypto;

/** The run's own clock, which stands still: runs with one seed and clock are the same. */
declare const performance: { now(): number };

declare function structuredClone<T>(value: T): T;

declare class TextEncoder {
  readonly encoding: string;
  encode(text?: string): Uint8Array;
}

declare class TextDecoder {
  constructor(label?: string);
  readonly encoding: string;
  decode(bytes?: Uint8Array | ArrayBuffer): string;
}
