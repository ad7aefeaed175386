// What `tgp lsp` is asked and answers: the types of `protocol/src/client`, as `tgp ... --json` prints them.

export interface Status {
  version: string; protocol: number; project?: string | null; message?: string;
  pending_approvals: number; open_branches: number; policy_version?: string; waiting_for_trust?: string; notes?: string[];
  /** Whether answers may be given in an editor at all (`approvals.editor`). */
  approvals?: boolean; code?: string;
}

export interface BranchShown {
  name: string; repository: 'project' | 'library'; agent: string; task?: string;
  status: 'active' | 'ready' | 'merged' | 'discarded'; created?: string; updated?: string; start?: string; tip: string;
  files_changed: number; added: number; removed: number; summary?: string; checks?: string[]; risk?: string; note?: string;
  merge_commit?: string; kept_until?: string;
}
export interface ChangedFile {
  path: string; renamed_from?: string; how: 'added' | 'changed' | 'deleted' | 'renamed';
  added: number; removed: number; binary?: boolean; mode?: string;
}
export interface BranchAction { action?: string; commit: string; description: string; undoes?: string[]; files?: ChangedFile[] }
export interface ConflictShown { path: string; kind: string; base?: string; ours?: string; theirs?: string }

export interface ListedAction {
  id: string; at: number; agent: string; session: string; type: string;
  status: 'pending' | 'executed' | 'undone' | 'failed' | 'denied' | 'abandoned'; description: string; target: string;
  files?: string[]; sql?: string; commit?: string; client?: string; code?: string; decision: string; rule: string;
  reversible: boolean; irreversible?: string; branch?: string; tool?: string; fuel?: number; approval?: string;
  token?: string; duration_ms?: number; fetched?: string[]; rebuilt_from?: string;
}
export interface ListActionsInput {
  agent?: string; action_type?: string; status?: string; session?: string; branch?: string; path?: string;
  since?: number; until?: number; before?: string; limit?: number;
}
export interface UndoOutput {
  action?: string; dry_run: boolean;
  undone: { action: string; description: string }[];
  left: { action: string; description: string; why: string }[];
  compensated?: { action: string; by: string; run?: string }[];
  files?: { path: string; how: 'restored' | 'deleted' | 'merged'; before?: string; after?: string }[];
  rows?: unknown[]; rows_restored?: number; rows_left?: { table: string; key: unknown; why: string }[]; commit?: string;
}
export type UndoTarget = { action: string } | { session: string } | { agent: { name: string; since?: number } } | 'last_undo';

export interface ApprovalShown {
  ticket: string; state: 'pending' | 'approved' | 'denied' | 'used' | 'expired'; agent: string; session: string; action: string;
  capability: string; risk: 'low' | 'medium' | 'high' | 'critical'; rule: string; why: string; preview: string;
  shown_hash: string; asked: string; expires: string; answered?: string; by?: string; door?: string; reason?: string;
}

export interface ScopeRule { id: string; effect: string; line: number }
export interface ScopeShown { agent: string; file: string; text: string; rules: ScopeRule[] }
export interface Mistake { file: string; level: string; line: number; column: number; message: string }
export interface ScopePreview {
  file: string; shown_hash: string; judged: number; draft?: string;
  trust: { name: string; how: string; before: string; after: string }[];
  changed: { action: string; agent: string; description: string; before: string; after: string }[];
}

export interface SnapshotShown {
  id: string; created: string; trigger: string; reason: string; agent?: string; action?: string;
  git?: { branch?: string; commit?: string; uncommitted: number }; database?: { size: number; path: string };
  left_out?: { what: string; why: string }[];
}
export interface RestoreOutput {
  action?: string; snapshot: string; before?: string; written: string[]; removed: string[]; unknown: string[];
  left_alone?: string[]; branch?: string; database?: boolean;
}

export interface ListedTool { path: string; description: string; valid: boolean; runs: number; edited?: boolean; pending?: string }
export interface Schema {
  type?: string | string[]; description?: string; enum?: unknown[]; const?: unknown; default?: unknown;
  properties?: Record<string, Schema>; required?: string[]; items?: Schema; anyOf?: Schema[]; oneOf?: Schema[];
  minimum?: number; maximum?: number;
}
export interface ShowTool extends ListedTool { source: string; schema?: Schema; imports?: string[] }
export interface ToolResult {
  result: unknown; logs?: { level: string; text: string }[]; fuel: number; duration_ms: number; seed: number; action: string;
  warnings?: { message: string }[];
}
export interface Finding { code: string; message: string; path: string; line: number; column: number; hint?: string }
export interface Content { text?: string; binary: boolean; missing: boolean; size: number }

/** What of the project a `tgp/changed` is about. */
export type Area = 'timeline' | 'branches' | 'approvals' | 'snapshots' | 'tools' | 'scopes' | 'library';
export interface Changed { areas: Area[]; data_version: number }
/** What a refusal carries beside its sentence. */
export interface Refusal { code: string; hint?: string; details?: Record<string, unknown> }

/** Every request with its parameters and its answer. */
export interface Requests {
  'tgp/status': [object, Status];
  'tgp/branches/list': [{ all?: boolean }, { branches: BranchShown[]; project_missing?: string }];
  'tgp/branches/show': [{ branch: string }, { branch: BranchShown; actions: BranchAction[]; files: ChangedFile[] }];
  'tgp/branches/diff': [{ branch: string; by?: string }, { branch: string; from?: string; to: string; files: ChangedFile[] }];
  'tgp/branches/merge': [{ branch: string; squash?: boolean; actions?: string[]; tip?: string; dry_run?: boolean },
    { action?: string; branch: string; tip: string; into: string; how: string; commit?: string; files: ChangedFile[]; snapshot?: string }];
  'tgp/branches/discard': [{ branch: string }, { action: string; branch: BranchShown }];
  'tgp/branches/restore': [{ branch: string }, { action: string; branch: BranchShown }];
  'tgp/branches/reopen': [{ branch: string; note: string }, { action: string; branch: BranchShown }];
  'tgp/content': [{ commit: string; path: string; repository?: string } | { snapshot: string; path: string }, Content];
  'tgp/timeline/list': [ListActionsInput, { actions: ListedAction[]; more: boolean }];
  'tgp/timeline/show': [{ action: string }, { action: ListedAction; files: ChangedFile[]; from?: string; to?: string; repository?: 'project' | 'library' }];
  'tgp/timeline/undo': [{ target: UndoTarget; dry_run?: boolean }, UndoOutput];
  'tgp/timeline/redo': [{ dry_run?: boolean }, UndoOutput];
  'tgp/approvals/list': [{ all?: boolean }, { approvals: ApprovalShown[] }];
  'tgp/approvals/show': [{ ticket: string }, ApprovalShown];
  'tgp/approvals/approve': [{ ticket: string; shown_hash: string; reason?: string }, ApprovalShown];
  'tgp/approvals/deny': [{ ticket: string; shown_hash: string; reason?: string }, ApprovalShown];
  'tgp/scopes/list': [object, { scopes: { agent: string; file: string; rules: number }[] }];
  'tgp/scopes/show': [{ agent: string }, ScopeShown];
  'tgp/scopes/check': [{ text: string; name?: string }, { file: string; mistakes: Mistake[] }];
  'tgp/scopes/preview': [{ agent: string; text: string }, ScopePreview];
  'tgp/scopes/set': [{ agent: string; text: string; shown_hash: string; over_draft?: boolean }, { action?: string }];
  'tgp/snapshots/list': [object, { snapshots: SnapshotShown[] }];
  'tgp/snapshots/create': [{ reason?: string }, { snapshot: SnapshotShown }];
  'tgp/snapshots/show': [{ snapshot: string }, { snapshot: SnapshotShown; context?: unknown }];
  'tgp/snapshots/diff': [{ snapshot: string; with?: string },
    { snapshot: string; with: string; files: { path: string; how: 'added' | 'changed' | 'deleted' }[]; database_differs?: boolean }];
  'tgp/snapshots/restore': [{ snapshot: string; only?: string; delete?: boolean; dry_run?: boolean }, RestoreOutput];
  'tgp/tools/list': [object, { tools: ListedTool[] }];
  'tgp/tools/show': [{ path: string }, ShowTool];
  'tgp/tools/run': [{ path: string; args: unknown; seed?: number }, ToolResult];
  'tgp/tools/check': [{ path: string }, { valid: boolean; errors: Finding[]; warnings: Finding[]; notes?: string[] }];
  'tgp/policy/explain': [object, unknown];
}
export type Method = keyof Requests;
