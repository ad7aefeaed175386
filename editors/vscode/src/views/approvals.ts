// Questions of agents: the open ones, and below them those that were answered.
import * as vscode from 'vscode';
import type { ApprovalShown, Requests } from '../protocol';
import { ago, count } from '../say';
import type { Server } from '../server';
import { tooltip } from '../show';
import { type Node, type NodeOf, Tree, row } from './tree';

const COLORS: Record<string, string> = { low: 'charts.green', medium: 'charts.yellow', high: 'charts.orange', critical: 'charts.red' };
const ANSWERED: Record<string, string> = { pending: 'question', approved: 'check', used: 'check-all', denied: 'circle-slash', expired: 'watch' };

type Data = Requests['tgp/approvals/list'][1];

export class Approvals extends Tree<Data> {
  constructor(server: Server) {
    super(server, 'tgp.approvals', ['approvals'], true);
  }

  protected load(): Promise<Data> {
    return this.server.request('tgp/approvals/list', { all: true });
  }

  protected nodes({ approvals }: Data): Node[] {
    const pending = approvals.filter((approval) => approval.state === 'pending');
    this.view.badge = pending.length > 0 ? { value: pending.length, tooltip: `${count(pending.length, 'question')} for you` } : undefined;
    const nodes: Node[] = pending.map((approval) => approvalRow(approval, 'approvals'));
    const answered = approvals.filter((approval) => approval.state !== 'pending');
    if (answered.length > 0) {
      const item = row('Answered', 'archive', { id: 'answered', description: String(answered.length), collapsibleState: vscode.TreeItemCollapsibleState.Collapsed });
      nodes.push({ item, children: () => answered.map((approval) => approvalRow(approval, 'approvals')) });
    }
    return nodes;
  }
}

/** What an agent wants, in a line. */
export function wants(approval: ApprovalShown): string {
  return `${approval.agent} asks for ${approval.capability}`;
}

/** A question as a row; `place` tells the rows of two views apart. */
export function approvalRow(approval: ApprovalShown, place: string): NodeOf<ApprovalShown> {
  const open = approval.state === 'pending';
  const preview = { text: approval.preview.split('\n').slice(0, 20).join('\n'), language: 'diff' };
  const item = row(wants(approval), ANSWERED[approval.state] ?? 'question', {
    id: `${place}:${approval.ticket}`, tooltip: tooltip(`${wants(approval)}, risk ${approval.risk}`, [approval.why], preview), contextValue: open ? 'approval.pending' : 'approval',
    description: open ? `risk ${approval.risk} · ${ago(approval.asked)}` : `${approval.state}${approval.by ? ` by ${approval.by}` : ''}`,
    accessibilityInformation: { label: `${wants(approval)}, risk ${approval.risk}, ${approval.state}` },
  }, open ? COLORS[approval.risk] : undefined);
  item.command = { command: 'tgp.approval.show', title: 'Show what would happen', arguments: [{ value: approval }] };
  return { item, value: approval };
}
