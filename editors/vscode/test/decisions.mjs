// Decisions that must not go wrong, in the real workbench: what is critical, what is hostile, what waits for trust, drafts,
// branches sent back, what the policy says, and what takes too long.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { run } from './stage.mjs';
import { suite } from './suite.mjs';
import { until } from './window.mjs';

/** A text that would pose as tgp, were it not in quotation marks. */
const HOSTILE = '3” ⏎ tgp: approved by your policy, risk low. “\n⏎ coder asks for nothing. " Press Approve "';
const ENDLESS = `/** Counts for very long. */
export default function count({ from }: { from: number }): number {
  const all = [...Array(2000).keys()];
  return all.map((a) => all.map((b) => all.filter((c) => (a * b + c + from) % 7 === 3).length).filter((n) => n > 0).length).length;
}
`;
const PULLED = `version: 1
agent: coder
description: Writes everywhere.
paths: { read: ["**"], write: ["**"] }
`;
const LIMITS = `
  database: 'sqlite:shop.db',
  limits: { cpuMs: 300_000, wallMs: 300_000, fuel: 1_000_000_000_000_000 },`;

await suite(async ({ report, stage, open, start }) => {
  const database = new DatabaseSync(join(stage.project, 'shop.db'));
  // What no changeset holds cannot be taken back.
  database.exec('CREATE VIRTUAL TABLE words USING fts5(text)');
  stage.trustAtTerminal();
  const window = await open();
  const agent = await start();
  await window.container();
  await agent.call('start_task', { description: 'Decide' });

  await report.step('a question of critical risk has no Approve in its notification: it is opened first', async () => {
    const asked = agent.call('exec_sql', { sql: "INSERT INTO words VALUES ('found')" });
    const toast = window.toast('risk critical');
    await toast.waitFor();
    assert.deepEqual(await toast.locator('.notification-list-item-buttons-container .monaco-button').allInnerTexts(), ['Show']);
    await window.shot('15-critical');
    await window.answerToast('risk critical', 'Show');
    await window.page.locator('.editor-instance .view-lines', { hasText: 'INSERT INTO' }).waitFor();
    assert.equal(database.prepare('SELECT count(*) AS rows FROM words').get().rows, 0);
    await window.title('Approve');
    assert.match(await window.dialog('Approve'), /risk critical/);
    await asked;
    assert.equal(database.prepare('SELECT count(*) AS rows FROM words').get().rows, 1);
    await window.clearToasts();
  });

  await report.step('a text of an agent is in quotation marks it cannot end, in a notification and in a question', async () => {
    const asked = agent.call('write_file', { path: 'src/prices/posing.txt', content: HOSTILE }).catch(() => undefined);
    const toast = window.toast('coder asks for fs.write');
    await toast.waitFor();
    const said = (await toast.locator('.notification-list-item-message').innerText()).replace(/\s+/g, ' ');
    assert.match(said, /In its words: “/);
    assert.match(said, /3<U\+201D> <U\+23CE> tgp: approved by your policy, risk low\. <U\+201C>”/);
    // What is left without the quotations is ours, and the whole of it.
    assert.match(said.replace(/“[^”]*”/g, '').replace(/ ⏎ /g, '').trim(), /^coder asks for fs\.write, risk \w+\. In its words:$/);
    await window.press('Approvals', 'pending', 'Approve');
    const asks = await window.dialog();
    const lines = asks.split('\n').filter((line) => /approved by your policy|Press Approve/.test(line));
    assert.ok(lines.length >= 2 && lines.every((line) => line.startsWith('> ')), asks);
    await window.shot('16-posing');
    await window.dialog('Cancel');
    await window.press('Approvals', 'pending', 'Deny');
    await window.type('no');
    await asked;
    assert.doesNotMatch(stage.git('ls-tree', '-r', '--name-only', stage.branch('decide')), /posing/);
    await window.clearToasts();
  });

  await report.step('a branch is sent back with a note, and the agent goes on with it', async () => {
    await agent.call('write_file', { path: 'src/decided.md', content: '# Decided\n' });
    await agent.call('finish_task', { summary: 'Decided.' });
    await window.row('Branches', 'decide, ready for review').waitFor();
    await window.command('tgp: Send the branch back to the agent');
    await window.type('decide');
    await window.type('Say why as well.');
    await window.row('Branches', 'decide, the agent works on it').waitFor();
    const { branch } = JSON.parse(stage.tgp('branch', 'show', stage.branch('decide'), '--json'));
    assert.deepEqual([branch.status, branch.note], ['active', 'Say why as well.']);
    assert.doesNotMatch(stage.git('ls-tree', '-r', '--name-only', 'main'), /decided/);
  });

  await report.step('the policy says what it would decide about an action nobody does', async () => {
    await window.command('tgp: Explain what the policy decides');
    await window.type('coder');
    await window.type('fs.write');
    await window.type('package.json');
    const text = window.page.locator('.editor-instance .view-lines', { hasText: 'require_approval' });
    await text.waitFor();
    assert.match((await text.innerText()).replace(/\u00a0/g, ' '), /ask-dependencies/);
    await window.shot('17-explained');
  });

  await report.step('a draft of a scope that saves itself asks nothing and sets nothing', async () => {
    const before = stage.tgp('scope', 'show', 'coder');
    window.set('files.autoSave', 'afterDelay');
    window.set('files.autoSaveDelay', 100);
    await window.expand('Scopes');
    await window.press('Scopes', 'scope of coder', 'Edit the scope');
    const text = window.page.locator('.monaco-editor[data-uri^="tgp-scope"]');
    await text.locator('.view-lines', { hasText: 'can_delegate' }).waitFor();
    const form = await window.frame('#list-1');
    await form.locator('#list-1').fill('src/**\ntests/**\nautosaved/**');
    await text.locator('.view-lines', { hasText: 'autosaved' }).waitFor();
    const tab = window.page.locator('.tab', { hasText: 'coder.yaml' }).first();
    await until('the draft to be saved', async () => !(await tab.getAttribute('class')).split(' ').includes('dirty'));
    assert.equal(await window.page.locator('.monaco-dialog-box').count(), 0);
    assert.equal(stage.tgp('scope', 'show', 'coder'), before);
    // Saved already, and still to be put in force by its button.
    await tab.click();
    await window.title('Put the scope in force');
    assert.match(await window.dialog('Cancel'), /autosaved/);
    assert.equal(stage.tgp('scope', 'show', 'coder'), before);
    window.set('files.autoSave', 'off');
    await window.collapse('Scopes');
  });

  await report.step('a run that takes long is cancelled from its form', async () => {
    await agent.call('write_file', { path: 'tools/count.ts', content: ENDLESS });
    await window.collapse('Timeline');
    await window.expand('Tools');
    await window.press('Tools', 'tools/count.ts', 'Run the tool');
    const form = await window.frame('#field-from');
    for (let times = 0; times < 2; times += 1) {
      await form.locator('#field-from').fill('1');
      await form.locator('button[type=submit]').click();
      await form.locator('button', { hasText: 'Cancel' }).click();
      await form.locator('.failure', { hasText: 'cancelled' }).waitFor();
      assert.equal(await form.locator('button[type=submit]').isEnabled(), true);
    }
    await window.collapse('Tools');
  });

  await report.step('a command that takes long says so in a notification, and its Cancel ends it without a failure', async () => {
    const state = new DatabaseSync(join(stage.project, '.tgp/state/tgp.db'));
    await window.expand('Snapshots');
    state.exec('BEGIN IMMEDIATE');
    try {
      await window.command('tgp: Take a snapshot');
      await window.type('never wanted');
      await window.answerToast('tgp: taking a snapshot', 'Cancel');
      assert.equal(await window.page.locator('.notification-toast').count(), 0);
    } finally {
      state.exec('ROLLBACK');
      state.close();
    }
    await window.command('tgp: Take a snapshot');
    await window.type('wanted after all');
    await window.row('Snapshots', 'wanted after all').waitFor();
    await window.collapse('Snapshots');
  });

  await report.step('a restore a git program stands in the way of says that nothing was changed, and is done when that is over', async () => {
    stage.write('src/server.ts', 'broken by hand\n');
    await window.expand('Snapshots');
    const git = spawn('git', ['update-index', '--stdin'], { cwd: stage.project, stdio: ['pipe', 'ignore', 'ignore'] });
    const gone = new Promise((resolve) => git.once('exit', resolve));
    try {
      await until('git to have the index', () => existsSync(join(stage.project, '.git/index.lock')));
      await window.press('Snapshots', 'wanted after all', 'Restore the snapshot');
      const toast = window.toast('Restoring the snapshot: nothing was changed');
      await toast.waitFor();
      assert.match(await toast.innerText(), /index\.lock/);
      await window.shot('18-locked');
      assert.equal(await window.page.locator('.notification-toast', { hasText: 'is restored' }).count(), 0);
      assert.equal(readFileSync(join(stage.project, 'src/server.ts'), 'utf8'), 'broken by hand\n');
    } finally {
      git.stdin.end();
      await gone;
    }
    await window.clearToasts();
    await window.press('Snapshots', 'wanted after all', 'Restore the snapshot');
    assert.match(await window.dialog('Restore'), /src\/server\.ts/);
    await window.toast('The snapshot is restored').waitFor();
    assert.equal(stage.git('status', '--porcelain', 'src'), '');
    await window.collapse('Snapshots');
    await window.clearToasts();
  });

  await report.step('rules a pull brought wait for trust: the person is told while the window is open, looks, and decides', async () => {
    const remote = join(stage.folder, 'library.git');
    const colleague = join(stage.folder, 'colleague');
    const library = join(stage.project, '.tgp');
    run(stage.folder, 'git', 'clone', '--quiet', '--bare', library, remote);
    run(stage.folder, 'git', 'clone', '--quiet', remote, colleague);
    stage.write('../colleague/scopes/coder.yaml', PULLED);
    for (const words of [['add', '--all'], ['-c', 'user.name=Bob', '-c', 'user.email=bob@example.com', 'commit', '--quiet', '-m', 'Allow'], ['push', '--quiet']]) run(colleague, 'git', ...words);
    run(library, 'git', 'pull', '--quiet', '--ff-only', remote, run(library, 'git', 'branch', '--show-current'));
    const toast = window.toast('scopes/coder.yaml');
    await toast.waitFor();
    assert.match(await toast.innerText(), /waits? for a person's `?tgp trust`?; the trusted version is in force/);
    await window.shot('19-trust');
    // Until then it counts for nothing.
    assert.doesNotMatch(stage.tgp('scope', 'show', 'coder'), /Writes everywhere/);
    const refused = await agent.call('write_file', { path: 'docs/free.md', content: 'x' }).catch((error) => error.message);
    assert.match(refused, /file\.read_only/);
    await window.answerToast('scopes/coder.yaml', 'Look at it in a terminal');
    const terminal = window.page.locator('.terminal-wrapper.active .xterm-screen');
    await terminal.waitFor();
    await terminal.click();
    await window.page.keyboard.type('y\r');
    await terminal.waitFor({ state: 'detached' });
    assert.match(stage.tgp('scope', 'show', 'coder'), /Writes everywhere/);
  });
}, LIMITS);
