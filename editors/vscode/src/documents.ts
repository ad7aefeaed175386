// The read-only documents of `tgp:`: files of commits and snapshots, previews of questions, facts of actions.
import * as vscode from 'vscode';
import type { ApprovalShown, ContentInput, ListedAction, Repository } from './protocol';
import type { Server } from './server';

/** What a document of `tgp:` holds; it stands in the query of its address, so that it can be opened again any time. */
export type Source =
  | { of: 'commit'; commit: string; repository: Repository; review?: Review }
  | { of: 'snapshot'; snapshot: string; path: string; review?: Review }
  | { of: 'approval'; ticket: string }
  | { of: 'action'; action: string }
  | { of: 'conflict'; id: string };

/** What the person looks at, and the buttons of the editor's title are about. */
export type Review =
  | { kind: 'branch'; branch: string }
  | { kind: 'action'; action: string }
  | { kind: 'snapshot'; snapshot: string }
  | { kind: 'approval'; ticket: string };

export const SCHEME = 'tgp';
const encoder = new TextEncoder();

export function address(path: string, source: Source): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${path}`, query: JSON.stringify(source) });
}

export function source(uri: vscode.Uri): Source | undefined {
  if (uri.scheme !== SCHEME) return undefined;
  try {
    return JSON.parse(uri.query) as Source;
  } catch {
    return undefined;
  }
}

export class Documents implements vscode.FileSystemProvider {
  private readonly nobody = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.nobody.event;
  /** What was put before the person's eyes, by ticket: an answer names its hash and no other. */
  private readonly displayed = new Map<string, ApprovalShown>();
  private readonly conflicts = new Map<string, string>();

  constructor(private readonly server: Server) {}

  /** The question as its document shows it; none where it was not opened. */
  shown(ticket: string): ApprovalShown | undefined {
    return this.displayed.get(ticket);
  }

  /** A text that only this window knows. */
  keep(id: string, text: string): Source {
    this.conflicts.set(id, text);
    return { of: 'conflict', id };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const wanted = source(uri);
    if (!wanted) throw vscode.FileSystemError.FileNotFound(uri);
    try {
      return encoder.encode(await this.text(uri, wanted));
    } catch (error) {
      if (error instanceof vscode.FileSystemError) throw error;
      throw vscode.FileSystemError.Unavailable(error instanceof Error ? error.message : String(error));
    }
  }

  private async text(uri: vscode.Uri, wanted: Source): Promise<string> {
    const path = uri.path.slice(1);
    switch (wanted.of) {
      case 'commit': return this.file(uri, { commit: wanted.commit, path, repository: wanted.repository });
      case 'snapshot': return this.file(uri, { snapshot: wanted.snapshot, path: wanted.path });
      case 'approval': {
        const approval = await this.server.request('tgp/approvals/show', { ticket: wanted.ticket });
        this.displayed.set(wanted.ticket, approval);
        return question(approval);
      }
      case 'action': return facts((await this.server.request('tgp/timeline/show', { action: wanted.action })).action);
      case 'conflict': {
        const text = this.conflicts.get(wanted.id);
        if (text === undefined) throw vscode.FileSystemError.FileNotFound(uri);
        return text;
      }
    }
  }

  private async file(uri: vscode.Uri, params: ContentInput): Promise<string> {
    const content = await this.server.request('tgp/content', params);
    if (content.missing) throw vscode.FileSystemError.FileNotFound(uri);
    return content.binary ? `(no text, ${content.size} bytes)\n` : (content.text ?? '');
  }

  // Commits do not change and previews must not change under the eyes of a reader: each document is as it was opened.
  stat(): vscode.FileStat {
    return { type: vscode.FileType.File, ctime: 0, mtime: 0, size: 0, permissions: vscode.FilePermission.Readonly };
  }

  watch(): vscode.Disposable { return new vscode.Disposable(() => undefined); }
  readDirectory(): [string, vscode.FileType][] { return []; }
  createDirectory(): void { throw vscode.FileSystemError.NoPermissions(); }
  writeFile(): void { throw vscode.FileSystemError.NoPermissions(); }
  delete(): void { throw vscode.FileSystemError.NoPermissions(); }
  rename(): void { throw vscode.FileSystemError.NoPermissions(); }
}

/** A question as a document: who, what, why, and what would happen. */
export function question(approval: ApprovalShown): string {
  return [
    `# ${approval.agent} asks for ${approval.capability}, risk ${approval.risk}, ${approval.state}`,
    ...approval.why.split(/\r\n|[\n\r\u000b\u000c\u0085\u2028\u2029]/).map((line) => `# ${line}`),
    `# Ticket ${approval.ticket}, open until ${new Date(approval.expires).toLocaleString()}.`,
    '# Approving runs nothing: it lets the agent do exactly this, once.',
    '# All below this line is in the words of the agent.',
    '', approval.preview, '',
  ].join('\n');
}

function facts(action: ListedAction): string {
  const lines: [string, string | undefined][] = [
    ['Action', action.id], ['Did', action.description], ['Kind', action.type], ['Status', action.status], ['Agent', action.agent],
    ['Session', action.session], ['Client', action.client], ['When', new Date(action.at).toLocaleString()],
    ['Took', action.duration_ms === undefined ? undefined : `${action.duration_ms.toFixed(1)} ms`], ['Branch', action.branch],
    ['Commit', action.commit], ['Tool', action.tool], ['Fuel', action.fuel?.toString()], ['Decision', `${action.decision}${action.rule ? ` by ${action.rule}` : ''}`],
    ['Approval', action.approval], ['Token', action.token], ['Refused', action.code],
    ['Can be undone', action.reversible ? 'yes' : `no${action.irreversible ? `: ${action.irreversible}` : ''}`],
  ];
  const said = lines.filter(([, value]) => value).map(([name, value]) => `${name}: ${value}`);
  for (const file of action.files ?? []) said.push(`File: ${file}`);
  for (const fetched of action.fetched ?? []) said.push(`Request: ${fetched}`);
  if (action.sql) said.push('', action.sql);
  return `${said.join('\n')}\n`;
}
