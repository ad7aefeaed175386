// Reviews in VS Code's own diff editors: a branch, an action or a snapshot, all its files at once.
import * as vscode from 'vscode';
import { type Review, type Source, address, source } from './documents';
import type { BranchShown, ChangedFile, ConflictShown, Repository } from './protocol';
import type { Documents } from './documents';
import { inert } from './inert';
import type { Server } from './server';
import { inform } from './show';

type Change = [label: vscode.Uri, before: vscode.Uri | undefined, after: vscode.Uri | undefined];
interface Sides { repository: Repository; from: string | undefined; to: string; review: Review }

/** The title says what is reviewed, in full: so a review that was restored with the window is still known. */
const TITLES: [RegExp, (what: string) => Review][] = [
  [/^Branch (\S+)/, (branch) => ({ kind: 'branch', branch })],
  [/^Action ([0-9A-Z]{26})/, (action) => ({ kind: 'action', action })],
  [/^Snapshot ([0-9A-Z]{26})/, (snapshot) => ({ kind: 'snapshot', snapshot })],
];

export class Reviews implements vscode.Disposable {
  private readonly things: vscode.Disposable[] = [];
  /** The commit of each branch that was put before the person's eyes last. */
  private readonly tips = new Map<string, string>();

  constructor(private readonly server: Server, private readonly documents: Documents) {
    this.things.push(vscode.window.tabGroups.onDidChangeTabs(() => this.note()), vscode.window.tabGroups.onDidChangeTabGroups(() => this.note()));
    this.note();
  }

  /** What the active editor reviews. */
  active(): Review | undefined {
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    if (!tab) return undefined;
    if (tab.input instanceof vscode.TabInputText) return reviewOf(tab.input.uri);
    if (tab.input instanceof vscode.TabInputTextDiff) return reviewOf(tab.input.modified) ?? reviewOf(tab.input.original);
    for (const [pattern, review] of TITLES) {
      const found = pattern.exec(tab.label);
      if (found?.[1]) return review(found[1]);
    }
    return undefined;
  }

  /** The file the cursor is in, where it is one of a review. */
  activeFile(): string | undefined {
    const uri = vscode.window.activeTextEditor?.document.uri;
    return uri && source(uri)?.of === 'commit' ? uri.path.slice(1) : undefined;
  }

  /** The commit of a branch that the person saw; none where it was not opened here. */
  seen(branch: string): string | undefined {
    return this.tips.get(branch);
  }

  private note(): void {
    void vscode.commands.executeCommand('setContext', 'tgp.review', this.active()?.kind);
  }

  async branch(name: string): Promise<void> {
    const { branch } = await this.server.request('tgp/branches/show', { branch: name });
    const diff = await this.server.request('tgp/branches/diff', { branch: branch.name });
    this.tips.set(branch.name, diff.to);
    const sides: Sides = { repository: repositoryOf(branch), from: diff.from, to: diff.to, review: { kind: 'branch', branch: branch.name } };
    await this.open(`Branch ${branch.name}`, diff.files.map((file) => change(file, sides)), `${branch.name} changes no file.`);
  }

  async branchFile(branch: string, repository: Repository, path: string): Promise<void> {
    const diff = await this.server.request('tgp/branches/diff', { branch });
    this.tips.set(branch, diff.to);
    const file = diff.files.find((one) => one.path === path);
    if (!file) throw new Error(`${branch} does not change ${path} any more`);
    const sides: Sides = { repository, from: diff.from, to: diff.to, review: { kind: 'branch', branch } };
    const [, before, after] = change(file, sides);
    const empty = address(path, this.documents.keep('nothing', ''));
    await vscode.commands.executeCommand('vscode.diff', before ?? empty, after ?? empty, inert(`${path} (${branch})`));
  }

  /** What an action changed, where it is a commit; its facts otherwise. */
  async action(id: string): Promise<void> {
    const shown = await this.server.request('tgp/timeline/show', { action: id });
    if (!shown.to || shown.files.length === 0) return this.page(`Action ${shown.action.id}`, { of: 'action', action: shown.action.id });
    const sides: Sides = { repository: shown.repository ?? 'project', from: shown.from, to: shown.to, review: { kind: 'action', action: shown.action.id } };
    await this.open(`Action ${shown.action.id}: ${shown.action.description}`, shown.files.map((file) => change(file, sides)), '');
  }

  async snapshot(id: string): Promise<void> {
    const diff = await this.server.request('tgp/snapshots/diff', { snapshot: id });
    const root = (await this.server.folder())?.uri;
    if (!root) return;
    const review: Review = { kind: 'snapshot', snapshot: id };
    const changes = diff.files.map((file): Change => {
      const now = vscode.Uri.joinPath(root, file.path);
      // The same path as the file of now: otherwise the editor would call it renamed.
      const then = address(now.path.slice(1), { of: 'snapshot', snapshot: id, path: file.path, review });
      return [now, file.how === 'added' ? undefined : then, file.how === 'deleted' ? undefined : now];
    });
    const database = diff.database_differs ? ' The database differs.' : '';
    if (database && changes.length > 0) void inform(database.trim());
    await this.open(`Snapshot ${id} and now`, changes, `All files are as the snapshot has them.${database}`);
  }

  async conflicts(branch: string, files: ConflictShown[]): Promise<void> {
    const side = (file: ConflictShown, which: 'ours' | 'theirs'): vscode.Uri | undefined => {
      const text = file[which];
      return text === undefined ? undefined : address(file.path, this.documents.keep(`${branch}:${which}:${file.path}`, text));
    };
    await this.open(`Conflicts of ${branch}`, files.map((file): Change => [vscode.Uri.file(`/${file.path}`), side(file, 'ours'), side(file, 'theirs')]), '');
  }

  async page(title: string, what: Source, language = 'plaintext'): Promise<void> {
    const document = await vscode.workspace.openTextDocument(address(title, what));
    await vscode.languages.setTextDocumentLanguage(document, language);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  private async open(title: string, changes: Change[], nothing: string): Promise<void> {
    if (changes.length === 0) return void inform(nothing);
    await vscode.commands.executeCommand('vscode.changes', inert(title), changes);
  }

  dispose(): void {
    for (const thing of this.things) thing.dispose();
  }
}

/** Which repository the commits of a branch are of. */
export function repositoryOf(branch: BranchShown): Repository {
  return branch.repository === 'library' ? 'library' : 'project';
}

function reviewOf(uri: vscode.Uri): Review | undefined {
  const what = source(uri);
  if (what?.of === 'approval') return { kind: 'approval', ticket: what.ticket };
  if (what?.of === 'action') return { kind: 'action', action: what.action };
  return what?.of === 'commit' || what?.of === 'snapshot' ? what.review : undefined;
}

function change(file: ChangedFile, sides: Sides): Change {
  const at = (path: string, commit: string): vscode.Uri => address(path, { of: 'commit', commit, repository: sides.repository, review: sides.review });
  const before = file.how === 'added' || !sides.from ? undefined : at(file.renamed_from ?? file.path, sides.from);
  const after = file.how === 'deleted' ? undefined : at(file.path, sides.to);
  return [after ?? before ?? at(file.path, sides.to), before, after];
}
