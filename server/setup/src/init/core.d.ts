// What `tgp.config.ts` may say. Written by `tgp init`; the next `tgp init` writes it again.

declare module '@tgp/core' {
  /** Limits of one tool run. A nested run shares what is left of its caller's. */
  export interface TGPLimits {
    /** WASM instructions, roughly; the deterministic bound. Default 2,000,000,000. */
    fuel?: number;
    /** Largest memory of one tool, in bytes. Default 67,108,864 (64 MiB). */
    memoryBytes?: number;
    /** CPU time, in milliseconds. Default 50. */
    cpuMs?: number;
    /** Time on the wall, waiting for SQL and network included, in milliseconds. Default 30,000. */
    wallMs?: number;
    /** Size of the arguments as JSON, in bytes. Default 1,048,576. */
    argsBytes?: number;
    /** Size of the result as JSON, in bytes. Default 1,048,576. */
    resultBytes?: number;
    /** Size of everything the tool logs, in bytes. Default 65,536. */
    logBytes?: number;
    /** Calls from the tool to the host. Default 1,000. */
    hostCalls?: number;
    /** Tools running one inside the other. Default 8. */
    depth?: number;
  }

  /** Level of a lint rule. */
  export type TGPLintLevel = 'error' | 'warn' | 'off';

  /** Everything `defineTGPConfig` takes. Every field may be left out. */
  export interface TGPConfig {
    /** Folder of the tool library. Default `./.tgp`. */
    rootDir?: string;
    /** Path under which agents see the library's tools. Default `tools`. */
    mount?: string;
    /** Where the library is kept and under which name. */
    git?: {
      /** Hosting service; with `repo` as `owner/name` it gives the URL. */
      provider?: 'github' | 'gitlab' | 'bitbucket';
      /** `owner/name` at the provider, or a URL or path. */
      repo?: string;
      /** Branch of the library. Default `main`. */
      branch?: string;
      /** Who commits, and the credentials. */
      auth?: {
        /** Only ever `process.env.NAME`; never printed, logged or stored. */
        token?: string | undefined;
        /** Name of the committer. */
        user?: string | undefined;
        /** E-mail address of the committer. */
        email?: string | undefined;
      };
      /** `direct` commits to the branch at once; `pr` to `feat/<tool>`, for a person to merge. Default `direct`. */
      writeStrategy?: 'direct' | 'pr';
    };
    /** Which folders tools may write to. */
    fs?: {
      /** Folders, relative to the project or absolute. Default none. */
      allowedDirs?: string[];
      /** Always on. */
      blockUpwardTraversal?: true;
    };
    /** What a tool may import besides other tools. */
    allowedImports?: string[];
    /** URL prefixes `fetch` may use: scheme, host, port and whole path segments are compared. Default none. */
    allowedFetchUrls?: string[];
    /** The database of `exec_sql`, as `sqlite:path`. `DATABASE_URL` comes first. */
    database?: string | undefined;
    /** Whether tgp keeps its table `tgp_actions` in the database, to know after a crash what landed. Default true. */
    actionsTable?: boolean;
    /** How a person is asked. */
    approvals?: {
      /** How long a call waits for the answer before it returns a ticket, in milliseconds. Default 10,000. */
      wait?: number;
      /** How long a question stays open, and a yes unused, in milliseconds. Default 900,000 (15 minutes). */
      lasts?: number;
      /** Up to which risk a client that offers it may ask the person itself; never critical. Default `off`. */
      elicit?: 'off' | 'low' | 'medium' | 'high';
      /** Whether questions are answered, and scopes set, in an editor (`tgp lsp`). Default true. */
      editor?: boolean;
    };
    /** Limits of every tool run. */
    limits?: TGPLimits;
    /** Settings of single tools by path, such as `tools/reports/big.ts`. */
    tools?: Record<string, { limits?: TGPLimits }>;
    /** Level of each lint rule by its id. */
    lint?: Record<string, TGPLintLevel>;
    /** Whether a tool that breaks an error-level rule may not run in `direct` mode either. Default false. */
    strict?: boolean;
  }

  /** The project's settings; the default export of `tgp.config.ts`. */
  export function defineTGPConfig(config: TGPConfig): TGPConfig;
}

// Joins Node's own types where the project has them.
declare namespace NodeJS {
  interface ProcessEnv {
    [name: string]: string | undefined;
  }
  interface Process {
    env: ProcessEnv;
  }
}

/** In `tgp.config.ts`: only `process.env.NAME`, only the names that are written out. */
declare var process: NodeJS.Process;
