// Scopes, snapshots and tools: lists whose rows open what they name.
import * as vscode from 'vscode';
import { parse } from 'yaml';
import type { ListedTool, Requests, SnapshotShown } from '../protocol';
import { ago, count } from '../say';
import type { Server } from '../server';
import { type Node, type NodeOf, Tree, row } from './tree';

/** What a scope says, in the words of a list: a name, the globs, an icon. */
export function summary(text: string): [string, string, string][] {
  const scope = (parse(text) ?? {}) as Record<string, Record<string, unknown> | undefined>;
  const list = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : '');
  const both = (...values: unknown[]): string => values.map(list).filter((part) => part !== '').join(', ');
  const lines: [string, string, string][] = [
    ['Reads', list(scope['paths']?.['read']), 'eye'],
    ['Writes', list(scope['paths']?.['write']), 'edit'],
    ['Forbidden', both(scope['paths']?.['forbidden'], scope['commands']?.['forbidden'], scope['network']?.['forbidden']), 'circle-slash'],
    ['Commands', list(scope['commands']?.['allowed']), 'terminal'],
    ['Approval needed', both(scope['paths']?.['require_approval'], scope['commands']?.['require_approval']), 'bell'],
    ['Network', list(scope['network']?.['allowed']), 'globe'],
    ['Delegates to', list(scope['can_delegate']), 'organization'],
  ];
  return lines.filter(([, globs]) => globs !== '');
}

export class Scopes extends Tree<Requests['tgp/scopes/list'][1]> {
  constructor(server: Server) {
    super(server, 'tgp.scopes', ['scopes']);
  }

  protected load(): Promise<Requests['tgp/scopes/list'][1]> {
    return this.server.request('tgp/scopes/list', {});
  }

  protected nodes({ scopes }: Requests['tgp/scopes/list'][1]): Node[] {
    return scopes.map(({ agent, file, rules }): NodeOf<string> => ({
      value: agent,
      item: row(agent, 'shield', {
        id: `scope:${agent}`, contextValue: 'scope', collapsibleState: vscode.TreeItemCollapsibleState.Collapsed,
        description: file.startsWith('shipped/') ? 'as shipped' : file, tooltip: `${file}, ${count(rules, 'rule')}`,
        accessibilityInformation: { label: `scope of ${agent}, ${count(rules, 'rule')}` },
      }),
      children: async () => {
        const shown = await this.server.request('tgp/scopes/show', { agent });
        return summary(shown.text).map(([name, globs, icon]) => ({ item: row(name, icon, { description: globs, tooltip: `${name}: ${globs}` }) }));
      },
    }));
  }
}

const TRIGGERS: Record<string, string> = {
  agent_start: 'before an agent began', before_action: 'before an action', before_merge: 'before a merge',
  before_restore: 'before a restore', manual: 'taken by hand',
};

export class Snapshots extends Tree<Requests['tgp/snapshots/list'][1]> {
  constructor(server: Server) {
    super(server, 'tgp.snapshots', ['snapshots']);
  }

  protected load(): Promise<Requests['tgp/snapshots/list'][1]> {
    return this.server.request('tgp/snapshots/list', {});
  }

  protected nodes({ snapshots }: Requests['tgp/snapshots/list'][1]): Node[] {
    return snapshots.map((snapshot): NodeOf<SnapshotShown> => {
      const why = snapshot.reason || TRIGGERS[snapshot.trigger] || snapshot.trigger;
      const holds = [snapshot.git && `${snapshot.git.branch ?? 'detached'} ${snapshot.git.commit?.slice(0, 8) ?? ''}, ${count(snapshot.git.uncommitted, 'uncommitted file')}`, snapshot.database && 'database'];
      return {
        value: snapshot,
        item: row(why, snapshot.trigger === 'manual' ? 'device-camera' : 'history', {
          id: `snapshot:${snapshot.id}`, contextValue: 'snapshot', description: ago(snapshot.created),
          tooltip: [`${new Date(snapshot.created).toLocaleString()}, ${TRIGGERS[snapshot.trigger] ?? snapshot.trigger}`, ...holds.filter(Boolean), ...(snapshot.left_out ?? []).map((left) => `without ${left.what}: ${left.why}`)].join('\n'),
          command: { command: 'tgp.snapshot.diff', title: 'Compare with now', arguments: [{ value: snapshot }] },
          accessibilityInformation: { label: `snapshot ${why}, ${ago(snapshot.created)}` },
        }),
      };
    });
  }
}

export class Tools extends Tree<Requests['tgp/tools/list'][1]> {
  constructor(server: Server) {
    super(server, 'tgp.tools', ['tools', 'library']);
  }

  protected load(): Promise<Requests['tgp/tools/list'][1]> {
    return this.server.request('tgp/tools/list', {});
  }

  protected nodes({ tools }: Requests['tgp/tools/list'][1]): Node[] {
    return tools.map((tool): NodeOf<ListedTool> => ({
      value: tool,
      item: row(tool.path.replace(/^tools\//, ''), tool.valid ? 'symbol-function' : 'warning', {
        id: `tool:${tool.path}`, contextValue: 'tool', tooltip: `${tool.path}\n${tool.description}`,
        description: [tool.pending && 'waits for review', tool.edited && 'edited', `${count(tool.runs, 'run')}`, tool.description].filter(Boolean).join(' · '),
        command: { command: 'tgp.tool.run', title: 'Run the tool', arguments: [{ value: tool }] },
        accessibilityInformation: { label: `tool ${tool.path}, ${count(tool.runs, 'run')}, ${tool.description}${tool.valid ? '' : ', has mistakes'}` },
      }, tool.valid ? undefined : 'charts.orange'),
    }));
  }
}
