// What was done, by day and page by page; questions that wait stand on top.
import * as vscode from 'vscode';
import type { ApprovalShown, ListActionsInput, ListedAction } from '../protocol';
import { inert } from '../inert';
import { clock, day } from '../say';
import type { Server } from '../server';
import { tooltip } from '../show';
import { approvalRow } from './approvals';
import { type Node, type NodeOf, Tree, row } from './tree';

const ICONS: Record<string, string> = {
  file_create: 'new-file', file_modify: 'edit', file_delete: 'trash', file_read: 'file', file_list: 'folder',
  tool_find: 'search', tool_check: 'checklist', tool_run: 'play', sql_read: 'database', sql_write: 'database',
  command_execute: 'terminal', api_call: 'globe', deploy: 'rocket', message_send: 'mail', branch_create: 'git-branch',
  branch_ready: 'git-pull-request', branch_reopen: 'reply', branch_merge: 'git-merge', branch_discard: 'archive',
  branch_restore: 'history', note_save: 'note', snapshot_create: 'device-camera', snapshot_restore: 'history',
  library_sync: 'sync', undo: 'discard', delegate: 'organization', sequence: 'list-ordered', policy_change: 'law',
};
const COLORS: Record<string, string | undefined> = {
  pending: 'charts.yellow', executed: undefined, undone: 'disabledForeground', failed: 'charts.red', denied: 'charts.orange', abandoned: 'charts.orange',
};
/** So many rows are asked for again after a change; older ones come back with "Show older actions". */
const KEPT = 500;

interface Data { pending: ApprovalShown[]; actions: ListedAction[]; more: boolean }

export class Timeline extends Tree<Data> {
  private filter: ListActionsInput = {};
  private wanted = 0;
  private data: Data = { pending: [], actions: [], more: false };

  constructor(server: Server) {
    super(server, 'tgp.timeline', ['timeline', 'approvals']);
  }

  private page(): number {
    return vscode.workspace.getConfiguration('tgp').get<number>('timeline.pageSize', 50);
  }

  /** Only what fits is shown. */
  show(filter: ListActionsInput): void {
    this.filter = filter;
    this.wanted = 0;
    const words = Object.entries(filter).map(([name, value]) => `${name.replace('action_type', 'kind')} ${value}`);
    this.view.description = inert(words.join(', '));
    void vscode.commands.executeCommand('setContext', 'tgp.timelineFiltered', words.length > 0);
    this.refresh();
  }

  protected async load(): Promise<Data> {
    const limit = Math.max(this.page(), this.wanted);
    const [{ approvals }, { actions, more }] = await Promise.all([
      this.server.request('tgp/approvals/list', {}), this.server.request('tgp/timeline/list', { ...this.filter, limit }),
    ]);
    this.data = { pending: approvals.filter((approval) => approval.state === 'pending'), actions, more };
    return this.data;
  }

  /** Loads a page of older actions, and nothing of what is there. */
  async older(): Promise<void> {
    const { filter, data } = this;
    if (data.actions.length === 0 || !data.more) return;
    const page = await this.server.request('tgp/timeline/list', { ...filter, before: data.actions[0]?.id ?? '', limit: this.page() });
    // Something changed meanwhile: what is shown now has another end.
    if (this.data !== data) return this.older();
    this.data = { ...data, actions: [...page.actions, ...data.actions], more: page.more };
    this.wanted = Math.min(KEPT, this.data.actions.length);
    return this.redraw(this.data);
  }

  protected nodes({ pending, actions, more }: Data): Node[] {
    const nodes: Node[] = [];
    if (pending.length > 0) {
      const item = row('Waiting for you', 'bell-dot', { id: 'waiting', description: String(pending.length), collapsibleState: vscode.TreeItemCollapsibleState.Expanded }, 'charts.yellow');
      nodes.push({ item, children: () => pending.map((approval) => approvalRow(approval, 'timeline')) });
    }
    const days = new Map<string, ListedAction[]>();
    for (const action of [...actions].reverse()) {
      const name = day(action.at);
      const known = days.get(name);
      if (known) known.push(action);
      else days.set(name, [action]);
    }
    for (const [name, done] of days) {
      const open = nodes.length < 3 ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
      const item = row(name, 'calendar', { id: `day:${name}`, description: String(done.length), collapsibleState: open });
      nodes.push({ item, children: () => done.map(actionRow) });
    }
    if (more) nodes.push({ item: row('Show older actions', 'ellipsis', { id: 'more', command: { command: 'tgp.timeline.more', title: 'Show older actions' } }) });
    return nodes;
  }
}

function actionRow(action: ListedAction): NodeOf<ListedAction> {
  const reversible = action.reversible && action.status === 'executed';
  const state = action.status === 'executed' ? '' : ` · ${action.status}`;
  const facts = [
    `${action.agent}, ${new Date(action.at).toLocaleString()}, ${action.type}, ${action.status}`,
    action.branch && `On ${action.branch}`, action.code && `Refused: ${action.code}`, action.rule && `Decided by ${action.rule}: ${action.decision}`,
    action.irreversible && `Cannot be taken back: ${action.irreversible}`, ...(action.files ?? []).slice(0, 8),
  ];
  const item = row(action.description, action.status === 'denied' ? 'circle-slash' : action.status === 'failed' ? 'error' : (ICONS[action.type] ?? 'circle-outline'), {
    id: `action:${action.id}`, description: `${clock(action.at)} ${action.agent}${state}`, tooltip: tooltip(action.description, facts, action.sql ? { text: action.sql, language: 'sql' } : undefined),
    contextValue: reversible ? 'action.reversible' : 'action',
    accessibilityInformation: { label: `${action.description}, by ${action.agent} at ${clock(action.at)}, ${action.status}${reversible ? ', can be undone' : ''}` },
  }, COLORS[action.status]);
  const node: NodeOf<ListedAction> = { item, value: action };
  item.command = { command: 'tgp.action.show', title: 'Show the action', arguments: [{ value: action }] };
  return node;
}
