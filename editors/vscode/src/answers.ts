// Questions of agents: notifications, the status bar, and the person's answers.
import * as vscode from 'vscode';
import { type Documents } from './documents';
import { marked, quoted } from './inert';
import type { ApprovalShown } from './protocol';
import type { Reviews } from './review';
import { attempt, count } from './say';
import type { Server } from './server';
import { ask, brief, sure, warn } from './show';
import { wants } from './views/approvals';

/** A preview up to this size can be read in a notification; any other has to be opened before a yes. */
const FITS = { lines: 6, characters: 300 };

/** So many characters of a longer one stand in a notification. */
const OUTLINE = 160;

function fits(preview: string): boolean {
  return preview.length <= FITS.characters && preview.trimEnd().split('\n').length <= FITS.lines;
}

/** What of a long preview says most in a line: of a diff its file and the lines that change. */
function outline(preview: string): string {
  const lines = preview.split(/\r?\n/);
  const changed = lines.filter((line) => /^[-+](?![-+]{2})/.test(line)).map((line) => `${line[0]} ${line.slice(1).trim()}`);
  const file = lines.find((line) => line.startsWith('+++ '))?.slice(4);
  const said = changed.length > 0 ? [...(file ? [file] : []), ...changed] : lines;
  const short: string[] = [];
  let left = OUTLINE;
  for (const one of said) {
    if (left <= 0) break;
    short.push(one.slice(0, left));
    left -= one.length;
  }
  return `${quoted(short)} ...`;
}

export class Answers implements vscode.Disposable {
  private readonly bar = vscode.window.createStatusBarItem('tgp.pending', vscode.StatusBarAlignment.Left, 50);
  private readonly things: vscode.Disposable[] = [];
  private readonly told = new Set<string>();

  constructor(private readonly server: Server, private readonly reviews: Reviews, private readonly documents: Documents) {
    this.bar.name = 'tgp: pending approvals';
    this.bar.command = 'tgp.approvals.focus';
    this.things.push(
      this.bar,
      server.onApproval((approval) => { void this.notify(approval); }),
      server.onChange((changed) => { if (changed === 'all' || changed.has('approvals')) void this.count(); }),
    );
    void this.count();
  }

  private async count(): Promise<void> {
    if (this.server.state !== 'ready') return this.say('$(shield) tgp', `tgp: ${this.server.state}`);
    try {
      const { approvals } = await this.server.request('tgp/approvals/list', {});
      const pending = approvals.filter((approval) => approval.state === 'pending').length;
      this.say(pending === 0 ? '$(shield) tgp' : `$(bell-dot) tgp: ${pending} waiting`, pending === 0 ? 'No agent asks you anything' : `${count(pending, 'question')} of agents wait for you`, pending > 0);
    } catch (error) {
      this.server.log.warn(String(error));
    }
  }

  private say(text: string, tooltip: string, urgent = false): void {
    this.bar.text = text;
    this.bar.tooltip = tooltip;
    this.bar.accessibilityInformation = { label: tooltip, role: 'button' };
    this.bar.backgroundColor = urgent ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.bar.show();
  }

  /** Shows a question where the person is. A yes is offered only where all that would happen can be read. */
  private async notify(approval: ApprovalShown): Promise<void> {
    if (approval.state !== 'pending' || this.told.has(approval.ticket)) return;
    this.told.add(approval.ticket);
    if (!vscode.workspace.getConfiguration('tgp').get<boolean>('approvals.notify', true)) return;
    const whole = fits(approval.preview);
    const preview = whole ? quoted(approval.preview.trimEnd().split(/\r?\n/)) : outline(approval.preview);
    const buttons = approval.risk === 'critical' ? ['Show'] : whole ? ['Approve', 'Deny', 'Show'] : ['Show', 'Deny'];
    const chosen = await warn(`${wants(approval)}, risk ${approval.risk}. In its words: ${preview}`, ...buttons);
    if (chosen === 'Show') await this.show(approval.ticket);
    if (chosen === 'Approve') await this.answer(approval, 'approve');
    if (chosen === 'Deny') await this.answer(approval, 'deny');
  }

  /** Opens what would happen as a document. */
  async show(ticket: string): Promise<void> {
    await attempt('Showing the question', () => this.reviews.page(`Approval ${ticket}.diff`, { of: 'approval', ticket }, 'diff'));
  }

  /** Opens the question, and says yes to what is displayed after asking. */
  async approve(ticket: string): Promise<void> {
    await this.show(ticket);
    const shown = this.documents.shown(ticket);
    if (!shown) return;
    const whole = fits(shown.preview) ? `\n\n${marked(shown.preview)}` : '\n\nWhat would happen stands in the editor.';
    const chosen = await sure(`Approve? ${wants(shown)}, risk ${shown.risk}.`, `${shown.why}${whole}`, 'Approve');
    if (chosen) await this.answer(shown, 'approve');
  }

  async deny(ticket: string): Promise<void> {
    const shown = this.documents.shown(ticket) ?? (await attempt('Denying', () => this.server.request('tgp/approvals/show', { ticket })));
    if (!shown) return;
    const reason = await ask({ title: `Deny: ${wants(shown)}`, prompt: 'Why? The agent is told. Empty is fine.', ignoreFocusOut: true });
    if (reason !== undefined) await this.answer(shown, 'deny', reason);
  }

  private async answer(shown: ApprovalShown, how: 'approve' | 'deny', reason = ''): Promise<void> {
    await attempt(how === 'approve' ? 'Approving' : 'Denying', async () => {
      const params = { ticket: shown.ticket, shown_hash: shown.shown_hash, ...(reason === '' ? {} : { reason }) };
      await this.server.request(how === 'approve' ? 'tgp/approvals/approve' : 'tgp/approvals/deny', params);
      this.server.touched('approvals', 'timeline');
      brief(`tgp: ${how === 'approve' ? 'approved' : 'denied'} ${shown.capability} for ${shown.agent}`);
    });
  }

  dispose(): void {
    for (const thing of this.things) thing.dispose();
  }
}
