// Starts `tgp lsp`, says in which state it is, asks it, and starts it again when it dies, but not for ever.
import * as vscode from 'vscode';
import {
  CloseAction, ErrorAction, LSPErrorCodes, ResponseError, State, type CloseHandlerResult, type ErrorHandler,
  type ErrorHandlerResult, type LanguageClientOptions,
} from 'vscode-languageclient/node';
import { find, fits } from './binary';
import { Client } from './client';
import { line } from './inert';
import { led } from './lenses';
import type { ApprovalShown, Area, ChangedParams, Method, Refusal, Requests, StatusOutput } from './protocol';
import { fail, warn } from './show';

/** What the views say while there is nothing to show. */
export type ServerState = 'starting' | 'missing' | 'failed' | 'noProject' | 'ready';

const PROTOCOL = 1;
/** Files that decide what agents may do. */
const RULES = '{tgp.config.ts,.tgp/policy/**,.tgp/scopes/**}';
/** A pull writes many files; they are looked at once it is over. */
const SETTLED = 200;
/** What an action is refused with that was ended on the person's wish. */
const CANCELLED = 'cancelled';
const DEATHS = 4;
const WITHIN = 3 * 60_000;

/** A request that was refused, with the code clients branch on. */
export class Refused extends Error {
  constructor(message: string, readonly refusal: Omit<Refusal, 'code' | 'message'> & { code: Refusal['code'] | 'editor.not_running' }) {
    super(message);
  }
}

export class Server implements vscode.Disposable {
  private client: Client | undefined;
  private deaths: number[] = [];
  private starting: Promise<void> | undefined;
  private seen: StatusOutput | undefined;
  private now: ServerState = 'starting';
  private program = '';
  private waiting: string | undefined;
  private rules: vscode.Disposable | undefined;
  private readonly changed = new vscode.EventEmitter<ReadonlySet<Area> | 'all'>();
  private readonly asked = new vscode.EventEmitter<ApprovalShown>();
  private readonly moved = new vscode.EventEmitter<ServerState>();
  /** Something is another now; views that show it ask again. */
  readonly onChange = this.changed.event;
  /** An agent asks the person. */
  readonly onApproval = this.asked.event;
  readonly onState = this.moved.event;

  constructor(private readonly context: vscode.ExtensionContext, readonly log: vscode.LogOutputChannel) {}

  get state(): ServerState { return this.now; }
  get status(): StatusOutput | undefined { return this.seen; }
  /** What the server takes as `workspace/executeCommand`; none of it is a command of VS Code. */
  get commands(): readonly string[] { return this.client?.initializeResult?.capabilities.executeCommandProvider?.commands ?? []; }
  /** The program that was found; empty where none was. */
  get binary(): string { return this.program; }

  /** The folder whose project is shown: the first that has a configuration, otherwise the first. */
  async folder(): Promise<vscode.WorkspaceFolder | undefined> {
    const folders = vscode.workspace.workspaceFolders?.filter((folder) => folder.uri.scheme === 'file') ?? [];
    for (const folder of folders) {
      try {
        await vscode.workspace.fs.stat(vscode.Uri.joinPath(folder.uri, 'tgp.config.ts'));
        return folder;
      } catch { /* The next one may have it. */ }
    }
    return folders[0];
  }

  /** Starts the server; one that runs is ended first. */
  start(): Promise<void> {
    this.starting ??= this.begin().finally(() => { this.starting = undefined; });
    return this.starting;
  }

  private async begin(): Promise<void> {
    await this.stop();
    this.deaths = [];
    this.enter('starting');
    const folder = await this.folder();
    if (!folder) return this.enter('noProject');
    const setting = vscode.workspace.getConfiguration('tgp').get<string>('path', '');
    const found = await find(setting, this.context.extensionPath);
    if (found.kind !== 'found') {
      this.program = '';
      this.enter(found.kind === 'missing' ? 'missing' : 'failed');
      const where = setting === '' ? 'It is neither bundled nor on the PATH.' : `The setting tgp.path names "${setting}", and no program is there.`;
      const text = found.kind === 'missing' ? `tgp was not found. ${where}` : `tgp does not run (${found.path}): ${found.why}`;
      return this.complain(text, 'Set the path');
    }
    this.program = found.path;
    this.rules = this.watchRules(folder);
    const ours = String(this.context.extension.packageJSON.version);
    if (!fits(ours, found.version)) {
      this.enter('failed');
      return this.complain(`tgp ${found.version} (${found.path}) does not fit this extension, which is ${ours}. Install tgp ${ours}, or the extension that came with your tgp.`, 'Set the path');
    }
    await this.connect(folder, found.path);
  }

  private async connect(folder: vscode.WorkspaceFolder, program: string): Promise<void> {
    const options: LanguageClientOptions = {
      documentSelector: [
        { scheme: 'file', language: 'typescript', pattern: '**/tools/**/*.ts' },
        { scheme: 'file', language: 'typescript', pattern: '**/tgp.config.ts' },
        { scheme: 'file', language: 'yaml', pattern: '**/.tgp/{policy,scopes}/**/*.yaml' },
      ],
      workspaceFolder: folder,
      outputChannel: this.log,
      initializationOptions: { tgp: { approvals: true, client: 'vscode' } },
      initializationFailedHandler: (error) => { this.log.error(String(error)); return false; },
      errorHandler: this.errorHandler(),
      middleware: { provideCodeLenses: async (document, token, next) => (await next(document, token))?.flatMap(led) },
    };
    const run = { command: program, args: ['lsp'], options: { cwd: folder.uri.fsPath } };
    const client = new Client('tgp', 'tgp', run, options).guard();
    this.client = client;
    client.onNotification('tgp/changed', (said: ChangedParams) => { void this.note(said); });
    client.onNotification('tgp/approval', (said: { approval: ApprovalShown }) => this.asked.fire(said.approval));
    client.onDidChangeState(({ newState }) => { if (newState === State.Running && !this.starting) void this.look().catch((error) => this.log.error(String(error))); });
    try {
      await client.start();
      await this.look();
    } catch (error) {
      this.log.error(String(error));
      if (this.client !== client) return;
      this.enter('failed');
      this.complain(`tgp does not start: ${error instanceof Error ? error.message : String(error)}`, 'Show the log');
    }
  }

  private errorHandler(): ErrorHandler {
    return {
      error: (): ErrorHandlerResult => ({ action: ErrorAction.Continue }),
      closed: (): CloseHandlerResult => {
        const now = Date.now();
        this.deaths = [...this.deaths.filter((at) => now - at < WITHIN), now];
        if (this.deaths.length <= DEATHS) {
          this.enter('starting');
          return { action: CloseAction.Restart, handled: true };
        }
        this.enter('failed');
        this.complain(`tgp ended ${this.deaths.length} times within ${WITHIN / 60_000} minutes and is not started again.`, 'Restart');
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    };
  }

  /** Asks how things are, and shows what it says. */
  private async look(): Promise<void> {
    const status = await this.request('tgp/status', {});
    this.seen = status;
    if (status.protocol !== PROTOCOL) {
      this.enter('failed');
      return this.complain(`tgp ${status.version} speaks version ${status.protocol} of the protocol, this extension version ${PROTOCOL}. Install the two of the same version.`, 'Set the path');
    }
    if (!status.project && status.code && status.code !== 'project.missing') {
      this.enter('failed');
      return this.complain(`tgp cannot open this project: ${status.message ?? status.code}`, 'Show the log');
    }
    this.enter(status.project ? 'ready' : 'noProject');
    this.changed.fire('all');
    this.ask(status.waiting_for_trust);
    for (const note of status.notes ?? []) this.log.warn(note);
  }

  /** Looks whether something waits for trust, and at nothing else. */
  private async glance(): Promise<void> {
    try {
      const status = await this.request('tgp/status', {});
      this.seen = status;
      this.ask(status.waiting_for_trust);
    } catch (error) {
      this.log.warn(String(error));
    }
  }

  /** Rules that change on the disk, by a pull or by hand, are nobody's action: no notification tells of them. */
  private watchRules(folder: vscode.WorkspaceFolder): vscode.Disposable {
    const rules = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, RULES));
    let later: NodeJS.Timeout | undefined;
    const look = (): void => {
      clearTimeout(later);
      later = setTimeout(() => { if (this.now === 'ready') void this.glance(); }, SETTLED);
    };
    return vscode.Disposable.from(rules, rules.onDidChange(look), rules.onDidCreate(look), rules.onDidDelete(look), { dispose: () => clearTimeout(later) });
  }

  /** What waits for trust counts for nothing until the person looked at it, and that needs a terminal. */
  private ask(waiting: string | undefined): void {
    if (waiting === this.waiting) return;
    this.waiting = waiting;
    if (!waiting) return;
    void warn(`tgp: ${line(waiting)}.`, 'Look at it in a terminal').then((chosen) => {
      if (!chosen) return;
      const terminal = vscode.window.createTerminal({ name: 'tgp trust', shellPath: this.program, shellArgs: ['trust'], ...(this.seen?.project ? { cwd: this.seen.project } : {}) });
      terminal.show();
    });
  }

  private async note(said: ChangedParams): Promise<void> {
    this.changed.fire(new Set(said.areas as Area[]));
    // A pull may have brought rules, which wait for the person's trust.
    if (this.now === 'ready' && said.areas.some((area) => area === 'library' || area === 'scopes')) await this.glance();
    if (this.now === 'noProject') await this.look().catch((error) => this.log.error(String(error)));
  }

  private enter(state: ServerState): void {
    this.now = state;
    void vscode.commands.executeCommand('setContext', 'tgp.state', state);
    this.moved.fire(state);
    if (state !== 'ready') this.changed.fire('all');
  }

  private complain(text: string, button: 'Set the path' | 'Show the log' | 'Restart'): void {
    this.log.error(text);
    void fail(text, button).then((chosen) => {
      if (chosen === 'Set the path') void vscode.commands.executeCommand('workbench.action.openSettings', 'tgp.path');
      if (chosen === 'Show the log') this.log.show();
      if (chosen === 'Restart') void this.start();
    });
  }

  /** Asks the server; a refusal becomes `Refused`. */
  async request<M extends Method>(method: M, params: Requests[M][0], token?: vscode.CancellationToken): Promise<Requests[M][1]> {
    const client = this.client;
    if (!client?.isRunning()) throw new Refused('tgp does not run here.', { code: 'editor.not_running', hint: 'Run the command "tgp: Restart the server".' });
    try {
      // A token that is `undefined` would count as a second parameter.
      return await (token ? client.sendRequest<Requests[M][1]>(method, params, token) : client.sendRequest<Requests[M][1]>(method, params));
    } catch (error) {
      if (error instanceof ResponseError && (error.code === LSPErrorCodes.RequestCancelled || error.data?.code === CANCELLED)) throw new vscode.CancellationError();
      if (error instanceof ResponseError && error.data?.code) throw new Refused(error.message, error.data as Refusal);
      throw error;
    }
  }

  /** Something was changed from here; views ask again without waiting to be told. */
  touched(...areas: Area[]): void {
    this.changed.fire(new Set(areas));
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.rules?.dispose();
    await client?.dispose(2000).catch((error) => this.log.warn(String(error)));
  }

  dispose(): void {
    void this.stop();
    this.changed.dispose();
    this.asked.dispose();
    this.moved.dispose();
  }
}
