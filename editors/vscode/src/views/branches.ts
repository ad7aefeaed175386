// Agents' branches: those that wait for the person first, what is merged or discarded folded away.
import * as vscode from 'vscode';
import type { BranchAction, BranchShown, ChangedFile, Repository, Requests } from '../protocol';
import { inert } from '../inert';
import { repositoryOf } from '../review';
import { ago, count } from '../say';
import type { Server } from '../server';
import { tooltip } from '../show';
import { type Node, type NodeOf, Tree, row } from './tree';

/** A file as a branch has it. */
export interface FileOfBranch { branch: string; repository: Repository; file: ChangedFile }

const ICONS: Record<string, string> = { active: 'git-branch', ready: 'git-pull-request', merged: 'git-merge', discarded: 'trash' };
const COLORS: Record<string, string> = { active: 'charts.blue', ready: 'charts.green', merged: 'charts.purple', discarded: 'disabledForeground' };
const STATES: Record<string, string> = { active: 'the agent works on it', ready: 'ready for review', merged: 'merged', discarded: 'discarded' };
const HOW: Record<string, string> = { added: 'diff-added', changed: 'diff-modified', deleted: 'diff-removed', renamed: 'diff-renamed' };

/** The end of a name: agent and task, without the folder and the time. */
export function shortName(name: string): string {
  return name.replace(/^agent\//, '').replace(/-\d{10}$/, '');
}

export function isOpen(branch: BranchShown): boolean {
  return branch.status === 'active' || branch.status === 'ready';
}

type Data = Requests['tgp/branches/list'][1];

export class Branches extends Tree<Data> {
  constructor(server: Server) {
    super(server, 'tgp.branches', ['branches'], true);
  }

  protected load(): Promise<Data> {
    return this.server.request('tgp/branches/list', { all: true });
  }

  protected nodes({ branches, project_missing }: Data): Node[] {
    const open = branches.filter(isOpen).map((branch) => this.branch(branch));
    const closed = branches.filter((branch) => !isOpen(branch));
    const waiting = branches.filter((branch) => branch.status === 'ready').length;
    this.view.badge = waiting > 0 ? { value: waiting, tooltip: `${count(waiting, 'branch', 'branches')} ready for review` } : undefined;
    const nodes: Node[] = [...open];
    if (closed.length > 0) {
      const item = row('Merged and discarded', 'archive', { description: String(closed.length), collapsibleState: vscode.TreeItemCollapsibleState.Collapsed, id: 'closed' });
      nodes.push({ item, children: () => closed.map((branch) => this.branch(branch)) });
    }
    if (project_missing && nodes.length > 0) this.view.description = inert(project_missing);
    return nodes;
  }

  private branch(branch: BranchShown): NodeOf<BranchShown> {
    const label = shortName(branch.name);
    const facts = `${count(branch.files_changed, 'file')} · ${ago(branch.updated ?? branch.created)}`;
    const told = [
      `${STATES[branch.status] ?? branch.status}, +${branch.added} −${branch.removed}${branch.risk ? `, risk ${branch.risk}` : ''}`,
      branch.task, branch.summary, branch.note && `Sent back: ${branch.note}`, ...(branch.checks ?? []).map((check) => `Checked: ${check}`),
    ];
    const item = row(label, ICONS[branch.status] ?? 'git-branch', {
      id: `branch:${branch.name}`, description: branch.repository === 'library' ? `library · ${facts}` : facts, tooltip: tooltip(branch.name, told),
      contextValue: isOpen(branch) ? `branch.open.${branch.status}` : `branch.${branch.status}`,
      collapsibleState: vscode.TreeItemCollapsibleState.Collapsed,
      accessibilityInformation: { label: `branch ${label}, ${STATES[branch.status] ?? branch.status}, ${facts}` },
    }, COLORS[branch.status]);
    return { item, value: branch, children: () => this.inside(branch) };
  }

  private async inside(branch: BranchShown): Promise<Node[]> {
    const shown = await this.server.request('tgp/branches/show', { branch: branch.name });
    const files = shown.files.map((file) => this.file(branch, file));
    const actions = shown.actions.map((action) => commit(branch, action));
    if (actions.length === 0) return files;
    const item = row('Actions', 'list-ordered', { description: String(actions.length), collapsibleState: vscode.TreeItemCollapsibleState.Collapsed });
    return [...files, { item, children: () => actions }];
  }

  private file(branch: BranchShown, file: ChangedFile): NodeOf<FileOfBranch> {
    const value: FileOfBranch = { branch: branch.name, repository: repositoryOf(branch), file };
    const facts = `${file.how}, ${count(file.added, 'line')} added, ${count(file.removed, 'line')} removed`;
    const item = row(file.path, HOW[file.how] ?? 'file', {
      description: file.binary ? 'binary' : `+${file.added} −${file.removed}`,
      tooltip: file.renamed_from ? `${file.path}\nwas ${file.renamed_from}` : file.path,
      contextValue: isOpen(branch) ? 'file.open' : 'file',
      command: { command: 'tgp.branch.reviewFile', title: 'Open the changes', arguments: [{ value }] },
      accessibilityInformation: { label: `file ${file.path}, ${facts}` },
    });
    return { item, value };
  }
}

function commit(branch: BranchShown, action: BranchAction): Node {
  const target = { value: { id: action.action, description: action.description } };
  const item = row(action.description, action.undoes?.length ? 'discard' : 'git-commit', {
    description: action.commit.slice(0, 8),
    contextValue: action.action && isOpen(branch) && !action.undoes?.length ? 'action.reversible' : 'action',
    accessibilityInformation: { label: `action ${action.description}` },
  });
  if (action.action) item.command = { command: 'tgp.action.show', title: 'Show the action', arguments: [target] };
  return { item, ...target } as Node;
}
