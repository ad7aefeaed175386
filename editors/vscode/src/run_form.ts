// The form that runs a tool: made from its schema, with the result below it.
import * as vscode from 'vscode';
import { inert } from './inert';
import { page, roots } from './page';
import type { ExecToolOutput, ToolOutput } from './protocol';
import { count } from './say';
import type { Schema } from './schema';
import { Refused, type Server } from './server';
import { inform, pick } from './show';

/** What the form is told. */
export type ToForm =
  | { kind: 'tool'; path: string; description: string; schema: Schema | undefined; args: Record<string, unknown> | undefined; run: boolean }
  | { kind: 'result'; result: ExecToolOutput }
  | { kind: 'failed'; message: string; hint: string | undefined };
/** What the form says. */
export type FromForm = { kind: 'ready' } | { kind: 'cancel' } | { kind: 'run'; args: Record<string, unknown>; seed?: number };

export class RunForms implements vscode.Disposable {
  private readonly panels = new Map<string, vscode.WebviewPanel>();
  private readonly last = new Map<string, Record<string, unknown>>();

  constructor(private readonly server: Server, private readonly extension: vscode.Uri) {}

  /** Opens the form; with arguments they are filled in and run at once. */
  async open(path: string, args?: Record<string, unknown>): Promise<void> {
    const open = this.panels.get(path);
    if (args) this.last.set(path, args);
    if (open && !args) return open.reveal();
    open?.dispose();
    const tool = await this.server.request('tgp/tools/show', { path });
    const title = `Run ${path.replace(/^tools\//, '')}`;
    const panel = vscode.window.createWebviewPanel('tgp.run', inert(title), vscode.ViewColumn.Active, {
      enableScripts: true, localResourceRoots: roots(this.extension), retainContextWhenHidden: true,
    });
    panel.iconPath = new vscode.ThemeIcon('play') as unknown as vscode.Uri;
    this.panels.set(path, panel);
    panel.onDidDispose(() => { if (this.panels.get(path) === panel) this.panels.delete(path); });
    const tell = (message: ToForm): Thenable<boolean> => panel.webview.postMessage(message);
    let running = new vscode.CancellationTokenSource();
    panel.webview.onDidReceiveMessage(async (said: FromForm) => {
      if (said.kind === 'ready') await tell(this.described(tool, args !== undefined));
      if (said.kind === 'cancel') running.cancel();
      if (said.kind !== 'run') return;
      running = new vscode.CancellationTokenSource();
      await tell(await this.run(tool.path, said, running.token));
    });
    panel.webview.html = page(panel.webview, this.extension, 'run', title);
  }

  private described(tool: ToolOutput, run: boolean): ToForm {
    return { kind: 'tool', path: tool.path, description: tool.description, schema: tool.schema as Schema | undefined, args: this.last.get(tool.path), run };
  }

  private async run(path: string, asked: { args: Record<string, unknown>; seed?: number }, token: vscode.CancellationToken): Promise<ToForm> {
    this.last.set(path, asked.args);
    try {
      const params = { path, args: asked.args, ...(asked.seed === undefined ? {} : { seed: asked.seed }) };
      const result = await this.server.request('tgp/tools/run', params, token);
      this.server.touched('timeline', 'tools');
      return { kind: 'result', result };
    } catch (error) {
      this.server.touched('timeline');
      if (error instanceof vscode.CancellationError) return { kind: 'failed', message: 'The run was cancelled.', hint: undefined };
      const hint = error instanceof Refused ? error.refusal.hint : undefined;
      return { kind: 'failed', message: error instanceof Error ? error.message : String(error), hint };
    }
  }

  /** Opens the file of a tool as it lies in the library. */
  async source(path: string): Promise<void> {
    const tool = await this.server.request('tgp/tools/show', { path });
    try {
      await vscode.window.showTextDocument(this.file(path));
    } catch {
      // The library may lie elsewhere (`rootDir`), or the tool waits on a branch: then its committed text is shown.
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'typescript', content: tool.source }));
    }
  }

  /** Checks a tool with its types; a finding leads to its place. */
  async check(path: string): Promise<void> {
    const { errors, warnings, notes } = await this.server.request('tgp/tools/check', { path });
    const found = [...errors, ...warnings];
    if (found.length === 0) return void inform([`${path} keeps all standards.`, ...(notes ?? [])].join(' '));
    const items = found.map((one) => ({ label: one.message, description: one.code, detail: `${one.path}:${one.line}${one.hint ? `, ${one.hint}` : ''}`, one }));
    const chosen = await pick(items, { title: `${count(errors.length, 'error')}, ${count(warnings.length, 'warning')} in ${path}` });
    if (!chosen) return;
    const place = new vscode.Position(chosen.one.line - 1, chosen.one.column - 1);
    await vscode.window.showTextDocument(this.file(chosen.one.path), { selection: new vscode.Range(place, place) });
  }

  /** Where a tool lies in a library at its usual place. */
  private file(path: string): vscode.Uri {
    return vscode.Uri.joinPath(vscode.Uri.file(this.server.status?.project ?? '/'), '.tgp', 'tools', path.replace(/^[^/]+\//, ''));
  }

  dispose(): void {
    for (const panel of this.panels.values()) panel.dispose();
  }
}
