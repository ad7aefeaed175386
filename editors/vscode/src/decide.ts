// What a person decides about branches, actions and snapshots. Each asks first, with what will happen.
import { line } from './inert';
import type { Reviews } from './review';
import type { BranchAction, BranchShown, ConflictShown, UndoOutput } from './protocol';
import { attempt, busily, count, files } from './say';
import { Refused, type Server } from './server';
import { ask, fail, inform, pick, pickName, sure } from './show';
import { shortName } from './views/branches';

/** So many lines of one kind stand in a question. */
const MOST = 12;

export class Decisions {
  constructor(private readonly server: Server, private readonly reviews: Reviews) {}

  merge(name: string): Promise<void> {
    return this.doing(`Merging ${shortName(name)}`, name, async () => {
      const { branch } = await this.server.request('tgp/branches/show', { branch: name });
      const seen = this.reviews.seen(branch.name);
      const moved = seen !== undefined && seen !== branch.tip;
      const plan = await busily('looking what a merge would do', (token) => this.server.request('tgp/branches/merge', { branch: branch.name, dry_run: true }, token));
      const warnings = [
        moved ? 'The branch changed since you looked at it.\n' : '',
        branch.status === 'active' ? 'The agent has not handed it in yet.\n' : '',
      ].join('');
      const detail = `${warnings}${count(plan.files.length, 'file')} of ${plan.into} will change:\n${files(plan.files)}\n\nA snapshot is taken before. The merge can be undone.`;
      const buttons = moved ? ['Show what changed', 'Merge'] : ['Merge', 'Merge as one commit'];
      const chosen = await sure(`Merge ${shortName(branch.name)} into ${plan.into}?`, detail, ...buttons);
      if (chosen === 'Show what changed') return this.reviews.branch(branch.name);
      if (!chosen) return;
      const done = await busily('merging', (token) => this.server.request('tgp/branches/merge', { branch: branch.name, ...(plan.tip === undefined ? {} : { tip: plan.tip }), squash: chosen !== 'Merge' }, token));
      this.server.touched('branches', 'timeline', 'snapshots');
      this.offer(`Merged ${shortName(branch.name)} into ${done.into}.`, done.action);
    });
  }

  discard(name: string): Promise<void> {
    return this.doing(`Discarding ${shortName(name)}`, name, async () => {
      const { branch, files: changed } = await this.server.request('tgp/branches/show', { branch: name });
      const detail = `${branch.status === 'active' ? 'The agent still works on it.\n' : ''}Nothing of it comes into your files:\n${files(changed)}\n\nIt is kept for 30 days and can be restored.`;
      if (!(await sure(`Discard ${shortName(branch.name)}?`, detail, 'Discard'))) return;
      const done = await this.server.request('tgp/branches/discard', { branch: branch.name });
      this.server.touched('branches', 'timeline');
      this.offer(`Discarded ${shortName(branch.name)}.`, done.action);
    });
  }

  restore(name: string): Promise<void> {
    return this.doing(`Restoring ${shortName(name)}`, name, async () => {
      await this.server.request('tgp/branches/restore', { branch: name });
      this.server.touched('branches', 'timeline');
    });
  }

  reopen(name: string): Promise<void> {
    return this.doing(`Sending back ${shortName(name)}`, name, async () => {
      const note = await ask({ title: `Send ${shortName(name)} back`, prompt: 'What should the agent do differently?', ignoreFocusOut: true });
      if (!note) return;
      await this.server.request('tgp/branches/reopen', { branch: name, note });
      this.server.touched('branches', 'timeline');
    });
  }

  async undo(action: string): Promise<void> {
    await attempt('Undo', async () => {
      const plan = await this.server.request('tgp/timeline/undo', { target: { action }, dry_run: true });
      if (plan.undone.length === 0) throw new Error(plan.left[0] ? `it stays, because ${plan.left[0].why}` : 'there is nothing to take back');
      if (!(await sure(`Undo "${plan.undone[0]?.description}"?`, consequences(plan), 'Undo'))) return;
      await busily('undoing', (token) => this.server.request('tgp/timeline/undo', { target: { action } }, token));
      this.server.touched('branches', 'timeline');
    });
  }

  /** Takes back everything an agent did, since a time where one is given. */
  async undoAgent(): Promise<void> {
    await attempt('Undo', async () => {
      const { actions } = await this.server.request('tgp/timeline/list', { limit: 500 });
      const agents = [...new Set(actions.map((action) => action.agent))].filter((agent) => agent !== 'person');
      const name = await pickName(agents, 'Undo everything of which agent?');
      if (!name) return;
      const hours = [{ label: 'in the last hour', of: 1 }, { label: 'in the last day', of: 24 }, { label: 'ever', of: undefined }];
      const chosen = await pick(hours, { title: `Undo everything ${name} did` });
      if (!chosen) return;
      const target = { agent: { name, ...(chosen.of === undefined ? {} : { since: Date.now() - chosen.of * 3_600_000 }) } };
      const plan = await busily('looking what would come back', (token) => this.server.request('tgp/timeline/undo', { target, dry_run: true }, token));
      if (plan.undone.length === 0) throw new Error(`nothing ${name} did ${chosen.label} can be taken back`);
      if (!(await sure(`Undo ${count(plan.undone.length, 'action')} of ${name}?`, consequences(plan), 'Undo'))) return;
      await busily('undoing', (token) => this.server.request('tgp/timeline/undo', { target }, token));
      this.server.touched('branches', 'timeline');
    });
  }

  async redo(): Promise<void> {
    await attempt('Redo', async () => {
      const plan = await this.server.request('tgp/timeline/redo', { dry_run: true });
      if (!(await sure('Make again what was taken back last?', consequences(plan), 'Redo'))) return;
      await this.server.request('tgp/timeline/redo', {});
      this.server.touched('branches', 'timeline');
    });
  }

  /** Takes back what a branch did to one file: the actions that touched it, the newest first. */
  async undoFile(branch: string, path: string | undefined): Promise<void> {
    await attempt('Undo of a file', async () => {
      const { files: changed } = await this.server.request('tgp/branches/diff', { branch });
      const file = path ?? (await pickName(changed.map((one) => one.path), 'Undo which file?'));
      if (!file) return;
      const actions = await this.touching(branch, file);
      if (actions.length === 0) throw new Error(`no action of ${shortName(branch)} that changed ${file} can be taken back`);
      const others = new Set(actions.flatMap((action) => (action.files ?? []).map((one) => one.path)).filter((one) => one !== file));
      const also = others.size === 0 ? '' : `\n\nThe same actions changed other files, which come back as well:\n${[...others].map(line).join('\n')}`;
      const what = actions.map((action) => line(action.description)).join('\n');
      if (!(await sure(`Undo ${file} on ${shortName(branch)}?`, `${count(actions.length, 'action')} will be taken back:\n${what}${also}`, 'Undo'))) return;
      for (const { action } of actions) if (action) await this.server.request('tgp/timeline/undo', { target: { action } });
      this.server.touched('branches', 'timeline');
    });
  }

  private async touching(branch: string, file: string): Promise<BranchAction[]> {
    const { actions = [] } = (await this.server.request('tgp/branches/diff', { branch, by: 'action' })) as { actions?: BranchAction[] };
    // From the newest on: an undo that was taken back itself takes nothing back.
    const undone = new Set<string>();
    const newest = [...actions].reverse();
    for (const action of newest) if (!action.action || !undone.has(action.action)) for (const other of action.undoes ?? []) undone.add(other);
    return newest
      .filter((action) => action.action && !undone.has(action.action) && !action.undoes?.length)
      .filter((action) => action.files?.some((one) => one.path === file || one.renamed_from === file));
  }

  async takeSnapshot(): Promise<void> {
    const reason = await ask({ title: 'Take a snapshot', prompt: 'Why? It stands in the list.', placeHolder: 'before the release' });
    if (reason === undefined) return;
    await attempt('Taking a snapshot', async () => {
      await busily('taking a snapshot', (token) => this.server.request('tgp/snapshots/create', { reason }, token));
      this.server.touched('snapshots', 'timeline');
    });
  }

  async restoreSnapshot(snapshot: string): Promise<void> {
    await attempt('Restoring the snapshot', async () => {
      const plan = await this.server.request('tgp/snapshots/restore', { snapshot, dry_run: true });
      const lines = [
        ...plan.written.map((path) => ({ how: 'changed' as const, path })), ...plan.removed.map((path) => ({ how: 'deleted' as const, path })),
      ];
      const more = [
        plan.branch && `The branch moves: ${plan.branch}`, plan.database && 'The database is put back.',
        plan.unknown.length > 0 && `${count(plan.unknown.length, 'file')} the snapshot did not know stay.`,
      ].filter(Boolean);
      const detail = [lines.length === 0 ? 'No file changes.' : files(lines), ...more, '', 'A snapshot of how things are now is taken before.'].join('\n');
      if (!(await sure('Restore this snapshot?', detail, 'Restore'))) return;
      const done = await busily('restoring', (token) => this.server.request('tgp/snapshots/restore', { snapshot }, token));
      this.server.touched('snapshots', 'timeline', 'branches');
      const left = done.left_alone ?? [];
      const but = left.length === 0 ? '' : ` But ${count(left.length, 'file')} changed meanwhile and ${left.length === 1 ? 'is' : 'are'} as before: ${left.slice(0, MOST).map(line).join(', ')}.`;
      this.offer(`The snapshot is restored.${but}`, done.action);
    });
  }

  /** Says what was done, and takes it back on a click. */
  private offer(text: string, action: string | undefined): void {
    void inform(text, ...(action ? ['Undo'] : [])).then((chosen) => {
      if (chosen && action) void this.undo(action);
    });
  }

  /** A conflict is shown, not only named. */
  private async doing(title: string, branch: BranchShown['name'], work: () => Promise<void>): Promise<void> {
    await attempt(title, async () => {
      try {
        await work();
      } catch (error) {
        const conflicts = error instanceof Refused && error.refusal.code === 'branch.conflict' ? (error.refusal.details as { files?: ConflictShown[] } | undefined)?.files : undefined;
        if (!Array.isArray(conflicts)) throw error;
        const chosen = await fail(`${title}: ${(error as Error).message}`, 'Show the conflicts', 'Send back');
        if (chosen === 'Show the conflicts') await this.reviews.conflicts(branch, conflicts);
        if (chosen === 'Send back') await this.reopen(branch);
      }
    });
  }
}

/** What an undo does, file by file and row by row. */
function consequences(plan: UndoOutput): string {
  const restored = (plan.files ?? []).map((file) => line(`${file.path}: ${file.how}`));
  const left = plan.left.map((one) => line(`Stays: ${one.description}, because ${one.why}`));
  const rows = plan.rows_restored ? [`${count(plan.rows_restored, 'row')} of the database come back.`] : [];
  const rowsLeft = (plan.rows_left ?? []).map((row) => line(`A row of ${row.table} stays: ${row.why}`));
  const outside = (plan.compensated ?? []).map((one) => line(`Runs to make up for it: ${one.by}`));
  const first = (lines: string[]): string[] => (lines.length > MOST ? [...lines.slice(0, MOST), `and ${lines.length - MOST} more`] : lines);
  const undone = plan.undone.map((one) => line(`Takes back: ${one.description}`));
  return [...first(undone), ...first(restored), ...rows, ...first(outside), ...first(left), ...first(rowsLeft), '', 'This can be undone as well.'].join('\n');
}
