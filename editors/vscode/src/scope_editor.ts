// Edits the scope of an agent: YAML, checked while it is typed, with a form beside it. A save keeps a draft and asks whether
// it should be put in force; nothing counts before that.
import * as vscode from 'vscode';
import { isNode, parseDocument } from 'yaml';
import { line } from './inert';
import { page, roots } from './page';
import { attempt, count, difference } from './say';
import type { Server } from './server';
import { brief, sure } from './show';

const SCHEME = 'tgp-scope';
const PAUSE = 150;
const LINES = 40;
const OTHERS = 5;

/** The lists of a scope that the form shows, each by its place in the YAML. */
export const FIELDS: { place: string[]; label: string; hint: string }[] = [
  { place: ['paths', 'read'], label: 'May read', hint: 'Globs of files, one a line, such as src/**' },
  { place: ['paths', 'write'], label: 'May write', hint: 'Globs of files' },
  { place: ['paths', 'forbidden'], label: 'Forbidden files', hint: 'Globs; they win over everything above' },
  { place: ['paths', 'require_approval'], label: 'Files that need your approval', hint: 'Globs' },
  { place: ['tools', 'write'], label: 'May write tools', hint: 'Globs below tools/' },
  { place: ['tools', 'run'], label: 'May run tools', hint: 'Globs below tools/' },
  { place: ['database', 'read'], label: 'May read tables', hint: 'Names or globs of tables' },
  { place: ['database', 'write'], label: 'May write tables', hint: 'Names or globs of tables' },
  { place: ['commands', 'allowed'], label: 'Commands', hint: 'Such as npm *' },
  { place: ['commands', 'forbidden'], label: 'Forbidden commands', hint: 'Such as sudo *' },
  { place: ['commands', 'require_approval'], label: 'Commands that need your approval', hint: 'Such as npm publish' },
  { place: ['network', 'allowed'], label: 'Hosts', hint: 'Such as api.example.com' },
  { place: ['can_delegate'], label: 'Delegates to', hint: 'Names of agents' },
];

/** What the form is told: the lists in the order of `FIELDS`, or why there are none. */
export interface ToScopeForm { fields: { label: string; hint: string; values: string[] }[]; mistake: string | undefined; agent: string }
/** What the form says. */
export type FromScopeForm = { kind: 'ready' } | { kind: 'list'; field: number; values: string[] } | { kind: 'set' };

export class ScopeEditor implements vscode.FileSystemProvider, vscode.Disposable {
  private readonly moved = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.moved.event;
  private readonly drafts = new Map<string, { text: string; at: number }>();
  private readonly mistakes = vscode.languages.createDiagnosticCollection('tgp-scope');
  private readonly waiting = new Map<string, NodeJS.Timeout>();
  private readonly things: vscode.Disposable[];
  private byHand = new Set<string>();

  constructor(private readonly server: Server, private readonly extension: vscode.Uri) {
    const ours = (document: vscode.TextDocument): boolean => document.uri.scheme === SCHEME;
    this.things = [
      this.mistakes, this.moved,
      vscode.workspace.registerFileSystemProvider(SCHEME, this, { isCaseSensitive: true }),
      vscode.workspace.onDidOpenTextDocument((document) => { if (ours(document)) this.later(document); }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => { if (ours(document)) this.later(document); }),
      vscode.workspace.onDidCloseTextDocument((document) => { this.mistakes.delete(document.uri); }),
      vscode.workspace.onWillSaveTextDocument(({ document, reason }) => {
        // Saving by itself must not open questions while one types.
        if (ours(document) && reason === vscode.TextDocumentSaveReason.Manual) this.byHand.add(document.uri.toString());
      }),
      vscode.workspace.onDidSaveTextDocument((document) => {
        if (ours(document) && this.byHand.delete(document.uri.toString())) void this.set(document);
      }),
    ];
  }

  async edit(agent: string): Promise<void> {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme: SCHEME, path: `/${agent}.yaml` }));
    await vscode.languages.setTextDocumentLanguage(document, 'yaml');
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One });
    await this.form();
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One });
  }

  /** Puts the draft that is open in force. A save would not do: what is saved already is not saved again. */
  async force(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    if (document?.uri.scheme === SCHEME) await this.set(document);
  }

  /** Shows the difference and what it does, and puts the scope in force after a yes. */
  private async set(document: vscode.TextDocument): Promise<void> {
    const agent = agentOf(document.uri);
    await attempt(`Scope of ${agent}`, async () => {
      const text = document.getText();
      const { mistakes } = await this.server.request('tgp/scopes/check', { text, name: `${agent}.yaml` });
      if (mistakes[0]) throw new Error(`line ${mistakes[0].line}: ${mistakes[0].message}`);
      const preview = await this.server.request('tgp/scopes/preview', { agent, text });
      const lines = preview.trust.flatMap((file) => [`${file.name}: ${file.how}`, ...difference(file.before, file.after)]);
      const cut = (all: string[]): string[] => all.length > LINES ? [...all.slice(0, LINES), `and ${count(all.length - LINES, 'more line')}`] : all;
      const others = preview.changed.slice(0, OTHERS).map((one) => line(`${one.description}: ${one.before}, then ${one.after}`));
      const judged = `Of the last ${count(preview.judged, 'action')}, ${preview.changed.length} would be decided otherwise.`;
      // What somebody wrote into the file by hand would be lost: it is shown, and overwritten only as it was shown.
      const lost = preview.draft === undefined ? [] : ['', `${preview.file} holds a draft that is not in force; it is overwritten:`, ...cut(difference(preview.draft, text))];
      const detail = [...cut(lines), ...lost, '', judged, ...others].join('\n');
      if ((await sure(`Put this scope of ${agent} in force?`, detail, 'Put in force')) === undefined) return;
      await this.server.request('tgp/scopes/set', { agent, text, shown_hash: preview.shown_hash, over_draft: preview.draft !== undefined });
      this.drafts.delete(agent);
      this.server.touched('scopes', 'timeline');
      brief(`tgp: the scope of ${agent} is in force`);
    });
  }

  private later(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    clearTimeout(this.waiting.get(key));
    this.waiting.set(key, setTimeout(() => { void this.check(document); }, PAUSE));
  }

  private async check(document: vscode.TextDocument): Promise<void> {
    const version = document.version;
    try {
      const { mistakes } = await this.server.request('tgp/scopes/check', { text: document.getText(), name: `${agentOf(document.uri)}.yaml` });
      if (document.isClosed || document.version !== version) return;
      this.mistakes.set(document.uri, mistakes.map((mistake) => {
        const place = new vscode.Position(Math.max(0, mistake.line - 1), Math.max(0, mistake.column - 1));
        const range = document.getWordRangeAtPosition(place) ?? new vscode.Range(place, document.lineAt(Math.min(place.line, document.lineCount - 1)).range.end);
        const shown = new vscode.Diagnostic(range, mistake.message, vscode.DiagnosticSeverity.Error);
        shown.source = 'tgp';
        return shown;
      }));
    } catch (error) {
      this.server.log.warn(String(error));
    }
  }

  /** Opens the form beside the YAML; both are views of one text. */
  async form(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    if (document?.uri.scheme !== SCHEME) return;
    const agent = agentOf(document.uri);
    const title = `Scope of ${agent}`;
    const panel = vscode.window.createWebviewPanel('tgp.scope', title, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true }, {
      enableScripts: true, localResourceRoots: roots(this.extension),
    });
    const tell = (): Thenable<boolean> => panel.webview.postMessage(lists(document.getText(), agent));
    const follow = vscode.workspace.onDidChangeTextDocument((event) => { if (event.document === document) void tell(); });
    panel.onDidDispose(() => follow.dispose());
    panel.webview.onDidReceiveMessage(async (said: FromScopeForm) => {
      if (said.kind === 'ready') await tell();
      if (said.kind === 'list') await replace(document, said.field, said.values);
      if (said.kind === 'set') await this.set(document);
    });
    panel.webview.html = page(panel.webview, this.extension, 'scope', title);
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const agent = agentOf(uri);
    const text = this.drafts.get(agent)?.text ?? (await this.server.request('tgp/scopes/show', { agent })).text;
    return new TextEncoder().encode(text);
  }

  writeFile(uri: vscode.Uri, content: Uint8Array): void {
    this.drafts.set(agentOf(uri), { text: new TextDecoder().decode(content), at: Date.now() });
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const draft = this.drafts.get(agentOf(uri));
    return { type: vscode.FileType.File, ctime: 0, mtime: draft?.at ?? 0, size: draft?.text.length ?? 0 };
  }

  watch(): vscode.Disposable { return new vscode.Disposable(() => undefined); }
  readDirectory(): [string, vscode.FileType][] { return []; }
  createDirectory(): void { throw vscode.FileSystemError.NoPermissions(); }
  delete(): void { throw vscode.FileSystemError.NoPermissions(); }
  rename(): void { throw vscode.FileSystemError.NoPermissions(); }

  dispose(): void {
    for (const timer of this.waiting.values()) clearTimeout(timer);
    for (const thing of this.things) thing.dispose();
  }
}

function agentOf(uri: vscode.Uri): string {
  return uri.path.slice(1).replace(/\.yaml$/, '');
}

function lists(text: string, agent: string): ToScopeForm {
  const parsed = parseDocument(text);
  const mistake = parsed.errors[0]?.message;
  const fields = FIELDS.map(({ place, label, hint }) => {
    const value: unknown = mistake ? undefined : parsed.hasIn(place) ? (parsed.toJS() as unknown) : undefined;
    const list = place.reduce<unknown>((inside, name) => (inside as Record<string, unknown> | undefined)?.[name], value);
    return { label, hint, values: Array.isArray(list) ? list.map(String) : [] };
  });
  return { fields, mistake, agent };
}

/** Writes one list into the YAML; comments and everything else stay. */
async function replace(document: vscode.TextDocument, field: number, values: string[]): Promise<void> {
  const place = FIELDS[field]?.place;
  if (!place) return;
  const parsed = parseDocument(document.getText());
  if (parsed.errors.length > 0) return;
  const old = parsed.getIn(place, true);
  const whole = new vscode.Range(new vscode.Position(0, 0), document.lineAt(document.lineCount - 1).range.end);
  let [range, text] = [whole, ''];
  if (isNode(old) && old.range) {
    const written = document.getText().slice(old.range[0], old.range[1]).trimEnd();
    range = new vscode.Range(document.positionAt(old.range[0]), document.positionAt(old.range[0] + written.length));
    text = `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
  } else {
    if (values.length === 0) return;
    parsed.setIn(place, parsed.createNode(values, { flow: true }));
    text = parsed.toString({ lineWidth: 0 });
  }
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, range, text);
  await vscode.workspace.applyEdit(edit);
}
