// Starts everything and says which command leads where.
import * as vscode from 'vscode';
import { Answers } from './answers';
import { Decisions } from './decide';
import { Documents, SCHEME } from './documents';
import { initialise } from './init';
import { showReferences } from './lenses';
import { definitions, offerToCopilot } from './mcp';
import type { ApprovalShown, BranchShown, ListedAction, ListedTool, SnapshotShown } from './protocol';
import { Reviews } from './review';
import { explain } from './explain';
import { RunForms } from './run_form';
import { attempt } from './say';
import { ScopeEditor } from './scope_editor';
import { Server } from './server';
import { ask, pick, pickName } from './show';
import { Approvals } from './views/approvals';
import { Branches, isOpen, shortName, type FileOfBranch } from './views/branches';
import { Scopes, Snapshots, Tools } from './views/lists';
import { Timeline } from './views/timeline';

type Row<T> = { value: T } | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<{ server: Server; mcp: () => object[] }> {
  const log = vscode.window.createOutputChannel('tgp', { log: true });
  const server = new Server(context, log);
  const documents = new Documents(server);
  const reviews = new Reviews(server, documents);
  const decisions = new Decisions(server, reviews);
  const answers = new Answers(server, reviews, documents);
  const timeline = new Timeline(server);
  const forms = new RunForms(server, context.extensionUri);
  const scopes = new ScopeEditor(server, context.extensionUri);
  context.subscriptions.push(
    log, server, reviews, answers, timeline, forms, scopes,
    new Branches(server), new Approvals(server), new Scopes(server), new Snapshots(server), new Tools(server),
    vscode.workspace.registerFileSystemProvider(SCHEME, documents, { isReadonly: true, isCaseSensitive: true }),
  );
  const command = (name: string, work: (...words: never[]) => unknown): void => {
    context.subscriptions.push(vscode.commands.registerCommand(`tgp.${name}`, work as (...words: unknown[]) => unknown));
  };
  registerServer(command, context, server);
  registerBranches(command, server, reviews, decisions);
  registerTimeline(command, server, timeline, reviews, decisions);
  registerAnswers(command, server, reviews, answers);
  registerLists(command, { server, reviews, decisions, forms, scopes });
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((event) => { if (event.affectsConfiguration('tgp.path')) void server.start(); }),
    vscode.workspace.onDidChangeWorkspaceFolders(() => { void server.start(); }),
  );
  offerToCopilot(context, server);
  void server.start();
  return { server, mcp: () => definitions(server) };
}

type Register = (name: string, work: (...words: never[]) => unknown) => void;

function registerServer(command: Register, context: vscode.ExtensionContext, server: Server): void {
  command('init', () => initialise(server));
  command('restart', () => server.start());
  command('showLog', () => server.log.show());
  command('refresh', () => server.touched('branches', 'timeline', 'approvals', 'scopes', 'snapshots', 'tools'));
  command('explain', () => explain(server));
  command('walkthrough', () => vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#start`, false));
}

/** The branch a command is about: the row, the review that is open, or one the person picks. */
async function pickBranch(server: Server, reviews: Reviews, given: Row<BranchShown>, fits = isOpen): Promise<string | undefined> {
  if (given?.value) return given.value.name;
  const review = reviews.active();
  if (review?.kind === 'branch') return review.branch;
  const listed = await attempt('Listing branches', () => server.request('tgp/branches/list', { all: true }));
  const items = (listed?.branches ?? []).filter(fits).map((branch) => ({ label: shortName(branch.name), description: branch.status, detail: branch.task ?? '', name: branch.name }));
  return (await pick(items, { title: 'Which branch?', matchOnDetail: true }))?.name;
}

function registerBranches(command: Register, server: Server, reviews: Reviews, decisions: Decisions): void {
  const on = (name: string, work: (branch: string) => Promise<void>, fits = isOpen): void =>
    command(name, async (given: Row<BranchShown>) => {
      const branch = await pickBranch(server, reviews, given, fits);
      if (branch) await work(branch);
    });
  on('branch.review', async (branch) => { await attempt('Opening the review', () => reviews.branch(branch)); });
  on('branch.merge', (branch) => decisions.merge(branch));
  on('branch.discard', (branch) => decisions.discard(branch));
  on('branch.restore', (branch) => decisions.restore(branch), (branch) => branch.status === 'discarded');
  on('branch.reopen', (branch) => decisions.reopen(branch));
  on('branch.copyName', async (branch) => vscode.env.clipboard.writeText(branch));
  command('branch.reviewFile', ({ value }: { value: FileOfBranch }) =>
    attempt('Opening the file', () => reviews.branchFile(value.branch, value.repository, value.file.path)));
}

function registerTimeline(command: Register, server: Server, timeline: Timeline, reviews: Reviews, decisions: Decisions): void {
  const chosen = async (given: Row<ListedAction>, undoable: boolean): Promise<string | undefined> => {
    if (given?.value?.id) return given.value.id;
    const review = reviews.active();
    if (review?.kind === 'action') return review.action;
    const listed = await attempt('Listing actions', () => server.request('tgp/timeline/list', { limit: 100 }));
    const fitting = (listed?.actions ?? []).filter((action) => !undoable || (action.reversible && action.status === 'executed')).reverse();
    const items = fitting.map((action) => ({ label: action.description, description: `${action.agent}, ${new Date(action.at).toLocaleTimeString()}`, id: action.id }));
    return (await pick(items, { title: 'Which action?', matchOnDescription: true }))?.id;
  };
  command('action.show', async (given: Row<ListedAction>) => {
    const action = await chosen(given, false);
    if (action) await attempt('Showing the action', () => reviews.action(action));
  });
  command('action.undo', async (given: Row<ListedAction>) => {
    const action = await chosen(given, true);
    if (action) await decisions.undo(action);
  });
  command('redo', () => decisions.redo());
  command('agent.undo', () => decisions.undoAgent());
  command('file.undo', async (given: Row<FileOfBranch>) => {
    if (given?.value?.branch) return decisions.undoFile(given.value.branch, given.value.file.path);
    const review = reviews.active();
    if (review?.kind === 'branch') return decisions.undoFile(review.branch, reviews.activeFile());
    if (review?.kind === 'action') return decisions.undo(review.action);
    return undefined;
  });
  command('timeline.more', () => attempt('Loading older actions', () => timeline.older()));
  command('timeline.clearFilter', () => timeline.show({}));
  command('timeline.filter', async () => {
    const fields = [
      { label: 'Agent', key: 'agent', of: 'agent' as const }, { label: 'Kind', key: 'action_type', of: 'type' as const },
      { label: 'Status', key: 'status', of: 'status' as const }, { label: 'Branch', key: 'branch', of: 'branch' as const },
      { label: 'File or folder', key: 'path', of: undefined },
    ];
    const field = await pick(fields, { title: 'Show only actions of one' });
    if (!field) return;
    const { of } = field;
    const listed = of === undefined ? undefined : await attempt('Listing actions', () => server.request('tgp/timeline/list', { limit: 500 }));
    const known = [...new Set((listed?.actions ?? []).flatMap((action) => (of && action[of]) || []))].sort();
    const value = of === undefined
      ? await ask({ title: 'Show only actions that touch', prompt: 'A file, or a folder' })
      : await pickName(known, `Show only actions of this ${field.label.toLowerCase()}`);
    if (value) timeline.show({ [field.key]: value });
  });
}

function registerAnswers(command: Register, server: Server, reviews: Reviews, answers: Answers): void {
  const on = (name: string, work: (ticket: string) => Promise<void>): void =>
    command(name, async (given: Row<ApprovalShown>) => {
      const review = reviews.active();
      let ticket = given?.value?.ticket ?? (review?.kind === 'approval' ? review.ticket : undefined);
      if (!ticket) {
        const listed = await attempt('Listing questions', () => server.request('tgp/approvals/list', {}));
        const items = (listed?.approvals ?? []).filter((one) => one.state === 'pending').map((one) => ({ label: `${one.agent}: ${one.capability}`, description: `risk ${one.risk}`, detail: one.preview.split('\n')[0] ?? '', ticket: one.ticket }));
        ticket = (await pick(items, { title: 'Which question?' }))?.ticket;
      }
      if (ticket) await work(ticket);
    });
  on('approval.show', (ticket) => answers.show(ticket));
  on('approval.approve', (ticket) => answers.approve(ticket));
  on('approval.deny', (ticket) => answers.deny(ticket));
}

interface Parts { server: Server; reviews: Reviews; decisions: Decisions; forms: RunForms; scopes: ScopeEditor }

function registerLists(command: Register, { server, reviews, decisions, forms, scopes }: Parts): void {
  const snapshot = async (given: Row<SnapshotShown>): Promise<string | undefined> => {
    const review = reviews.active();
    if (given?.value) return given.value.id;
    if (review?.kind === 'snapshot') return review.snapshot;
    const listed = await attempt('Listing snapshots', () => server.request('tgp/snapshots/list', {}));
    const items = (listed?.snapshots ?? []).map((one) => ({ label: one.reason || one.trigger, description: new Date(one.created).toLocaleString(), id: one.id }));
    return (await pick(items, { title: 'Which snapshot?' }))?.id;
  };
  command('snapshot.create', () => decisions.takeSnapshot());
  command('snapshot.diff', async (given: Row<SnapshotShown>) => {
    const id = await snapshot(given);
    if (id) await attempt('Comparing with the snapshot', () => reviews.snapshot(id));
  });
  command('snapshot.restore', async (given: Row<SnapshotShown>) => {
    const id = await snapshot(given);
    if (id) await decisions.restoreSnapshot(id);
  });
  const tool = async (given: Row<ListedTool>): Promise<string | undefined> => {
    if (given?.value) return given.value.path;
    const listed = await attempt('Listing tools', () => server.request('tgp/tools/list', {}));
    return (await pick((listed?.tools ?? []).map((one) => ({ label: one.path, detail: one.description })), { title: 'Which tool?', matchOnDetail: true }))?.label;
  };
  command('tool.run', async (given: { value: ListedTool; args?: Record<string, unknown> } | undefined) => {
    const path = await tool(given);
    if (path) await attempt('Opening the form', () => forms.open(path, given?.args));
  });
  command('tool.check', async (given: Row<ListedTool>) => {
    const path = await tool(given);
    if (path) await attempt('Checking the tool', () => forms.check(path));
  });
  command('showReferences', (uri: string, at: never, places: never) => showReferences(vscode, uri, at, places));
  command('tool.open', async (given: Row<ListedTool>) => {
    const path = await tool(given);
    if (path) await attempt('Opening the tool', () => forms.source(path));
  });
  command('scope.edit', async (given: Row<string>) => {
    const listed = given ? undefined : await attempt('Listing scopes', () => server.request('tgp/scopes/list', {}));
    const agent = given?.value ?? (await pickName((listed?.scopes ?? []).map((one) => one.agent), 'Whose scope?'));
    if (agent) await attempt('Opening the scope', () => scopes.edit(agent));
  });
  command('scope.form', () => attempt('Opening the form', () => scopes.form()));
  command('scope.set', () => scopes.force());
}
