// A person in the real workbench, an agent in another process: what appears, what is clicked, and what plain git says then.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Report } from './report.mjs';
import { Agent, Stage } from './stage.mjs';
import { Window, until } from './window.mjs';

const LOGIN = 'export function login(name: string): string {\n  return `welcome, ${name}`;\n}\n';
const WORDS = `/** How often each word occurs in a text. */
export default function words({ text, least }: { text: string; least: number }): { word: string; times: number }[] {
  const all = text.split(' ');
  return [...new Set(all)].map((word) => ({ word, times: all.filter((one) => one === word).length })).filter(({ times }) => times >= least);
}
`;
const stage = new Stage();
const report = new Report();
let window;
let agent;
let asking;

const branches = () => stage.git('for-each-ref', '--format=%(refname:short)', 'refs/heads/agent').split('\n').filter(Boolean);
const named = (part) => branches().find((name) => name.includes(part));
const main = () => stage.git('rev-parse', 'main');
const begun = () => stage.git('log', '-1', '--format=%s', 'main');

async function story() {
  await report.step('a folder without tgp offers to set it up, and the button does', async () => {
    window = await Window.open(stage, { codeServer: process.env.TGP_CODE_SERVER, vsix: process.env.TGP_VSIX, shots: process.env.TGP_SHOTS });
    await window.container();
    await window.page.locator('.welcome-view-content a.monaco-button', { hasText: 'Set up tgp here' }).waitFor();
    await window.shot('01-welcome');
    await window.page.locator('.welcome-view-content a.monaco-button', { hasText: 'Set up tgp here' }).click();
    await window.toast('tgp is set up here').waitFor();
    assert.match(stage.git('status', '--porcelain'), /tgp\.config\.ts/);
  });
  await report.step('an empty project says so in each view', async () => {
    stage.setUp();
    await window.command('tgp: Restart the server');
    await window.pane('Approvals').locator('text=No agent asks you anything').waitFor();
    await window.clearToasts();
  });
  await report.step('what an agent does in another process appears as a branch and as actions', async () => {
    agent = await Agent.start(stage);
    await agent.call('start_task', { description: 'Add a login' });
    await agent.call('write_file', { path: 'src/login.ts', content: LOGIN });
    await agent.call('patch_file', { path: 'src/main.ts', search: 'port: 8080', replace: 'port: 9090' });
    await agent.call('write_file', { path: 'src/notes.md', content: '# Notes\n' });
    await window.row('Branches', 'add-a-login').waitFor();
    await window.row('Timeline', 'src/login.ts').waitFor();
    await window.row('Timeline', 'src/notes.md').waitFor();
    await window.shot('02-branch-and-timeline');
  });
  await report.step('one action is undone by its button, and the branch has it no more', async () => {
    const name = named('add-a-login');
    assert.match(stage.git('ls-tree', '-r', '--name-only', name), /src\/notes\.md/);
    await window.press('Timeline', 'src/notes.md', 'Undo this action');
    assert.match(await window.dialog('Undo'), /src\/notes\.md/);
    await until('the undo on the branch', () => !stage.git('ls-tree', '-r', '--name-only', name).includes('src/notes.md'));
    assert.match(stage.git('ls-tree', '-r', '--name-only', name), /src\/login\.ts/);
    assert.equal(begun(), 'Set up tgp');
    await window.pane('Timeline').locator('.monaco-list-row[aria-label*="undone"]').first().waitFor();
  });
  await report.step('a question appears as a notification, in two views and in the status bar', async () => {
    asking = agent.call('patch_file', { path: 'package.json', search: '"1.0.0"', replace: '"1.1.0"' });
    await window.toast('coder asks for').waitFor();
    await window.row('Approvals', 'coder asks for').waitFor();
    await window.row('Timeline', 'coder asks for').waitFor();
    await window.page.locator('.statusbar-item', { hasText: '1 waiting' }).waitFor();
    await window.shot('03-question');
  });
  await report.step('the preview is shown as a document, and nothing was done yet', async () => {
    await window.answerToast('coder asks for', 'Show');
    await window.page.locator('.editor-instance .view-lines', { hasText: '1.1.0' }).waitFor();
    assert.match(stage.git('show', `${named('add-a-login')}:package.json`), /1\.0\.0/);
    await window.shot('04-preview');
  });
  await report.step('a yes in the title of the preview lets the agent go on', async () => {
    await window.title('Approve');
    assert.match(await window.dialog('Approve'), /Dependencies run on our machines/);
    await asking;
    assert.match(stage.git('show', `${named('add-a-login')}:package.json`), /1\.1\.0/);
    assert.match(stage.git('show', 'main:package.json'), /1\.0\.0/);
    const [answered] = JSON.parse(stage.tgp('approvals', '--all', '--json')).approvals;
    assert.match(`${answered.state} ${answered.door}`, /^used editor/);
    await window.page.locator('.statusbar-item', { hasText: 'waiting' }).waitFor({ state: 'detached' });
    await window.row('Approvals', 'pending').waitFor({ state: 'detached' });
  });
  await report.step('a no is told to the agent with its reason', async () => {
    const refused = agent.call('patch_file', { path: 'package.json', search: 'shop', replace: 'stolen' }).catch((error) => error.message);
    await window.press('Approvals', 'pending', 'Deny');
    await window.type('the name stays');
    assert.match(await refused, /the name stays/);
    assert.doesNotMatch(stage.git('show', `${named('add-a-login')}:package.json`), /stolen/);
    await window.clearToasts();
  });
  await report.step('a yes in the notification itself is enough where all of it can be read there', async () => {
    const written = agent.call('write_file', { path: 'src/prices/tea.txt', content: '3\n' });
    await window.answerToast('+3', 'Approve');
    await written;
    assert.equal(stage.git('show', `${named('add-a-login')}:src/prices/tea.txt`), '3');
    assert.doesNotMatch(stage.git('ls-tree', '-r', '--name-only', 'main'), /prices/);
  });
  await report.step('what an agent writes is no link in the question about it, and no icon', async () => {
    const before = main();
    const command = `command:tgp.branches.merge?${encodeURIComponent(JSON.stringify([{ branch: named('add-a-login') }]))}`;
    const text = `ok [Show the rest](${command})\n`;
    const written = agent.call('write_file', { path: 'src/prices/link.txt', content: text });
    const toast = window.toast('Show the rest');
    await toast.waitFor();
    assert.match(await toast.innerText(), /\[Show the rest\] \(command:tgp\.branches\.merge/);
    assert.deepEqual(await toast.locator('.notification-list-item-message a').allInnerTexts(), []);
    await window.row('Approvals', 'pending').waitFor();
    await window.press('Approvals', 'pending', 'Approve');
    const box = window.page.locator('.monaco-dialog-box', { hasText: 'Show the rest' });
    await box.waitFor();
    assert.deepEqual(await box.locator('.dialog-message-row a[href], .dialog-message-row a[data-href]').allInnerTexts(), []);
    await window.dialog('Approve');
    await written;
    assert.equal(`${stage.git('show', `${named('add-a-login')}:src/prices/link.txt`)}\n`, text);
    assert.equal(main(), before);
    await window.clearToasts();
    const iconic = agent.call('write_file', { path: 'src/prices/icon.txt', content: '$(check) approved \u202e\n' }).catch(() => undefined);
    const second = window.toast('approved');
    await second.waitFor();
    assert.match(await second.innerText(), /\$ \(check\) approved \\u\{202e\}/);
    assert.equal(await second.locator('.notification-list-item-message .codicon').count(), 0);
    await window.answerToast('approved', 'Deny');
    await iconic;
    await window.clearToasts();
  });
  await report.step('the review shows all files of a branch in one editor', async () => {
    await agent.call('finish_task', { summary: 'A login, and another port.' });
    await window.row('Branches', 'ready for review').waitFor();
    await window.press('Branches', 'add-a-login', 'Review the branch');
    const editor = window.page.locator('.multiDiffEditor');
    await editor.waitFor();
    for (const file of ['login.ts', 'main.ts', 'package.json']) await editor.locator('.header', { hasText: file }).first().waitFor();
    await editor.locator('.view-lines', { hasText: 'welcome' }).first().waitFor();
    await window.page.locator('.tab', { hasText: 'add-a-login' }).first().waitFor();
    await window.collapse('Approvals');
    await window.row('Branches', 'add-a-login').click();
    await window.row('Branches', 'file src/login.ts').waitFor();
    // The picture of the README: small enough to be read where it is shown.
    await window.page.setViewportSize({ width: 1280, height: 760 });
    await window.shot('05-review');
    await window.page.setViewportSize({ width: 1600, height: 1000 });
  });
  await report.step('a merge by its button in the title brings the branch into main, and says so before', async () => {
    const before = main();
    await window.page.locator('.tab', { hasText: 'Branch agent' }).first().click();
    await window.title('Merge the branch');
    const asked = await window.dialog();
    assert.match(asked, /main/);
    assert.match(asked, /src\/login\.ts/);
    assert.equal(main(), before);
    await window.shot('06-merge');
    await window.dialog('Merge');
    await window.toast('Merged coder/add-a-login into main').waitFor();
    assert.notEqual(main(), before);
    assert.equal(stage.git('show', 'main:src/login.ts'), LOGIN.trimEnd());
    assert.match(stage.git('show', 'main:src/main.ts'), /9090/);
    assert.equal(stage.git('status', '--porcelain'), '');
    await window.clearToasts();
  });
  await report.step('another branch is discarded, and main knows nothing of it', async () => {
    const before = main();
    await agent.call('start_task', { description: 'Try red buttons' });
    await agent.call('write_file', { path: 'src/red.ts', content: "export const colour = 'red';\n" });
    await agent.call('finish_task', { summary: 'All buttons are red.' });
    await window.row('Branches', 'try-red-buttons, ready for review').waitFor();
    await window.press('Branches', 'try-red-buttons', 'Discard the branch');
    assert.match(await window.dialog('Discard'), /src\/red\.ts/);
    await window.toast('Discarded coder/try-red-buttons').waitFor();
    assert.equal(named('try-red-buttons'), undefined);
    assert.equal(main(), before);
    assert.doesNotMatch(stage.git('ls-tree', '-r', '--name-only', 'main'), /red/);
    await window.clearToasts();
  });
  await report.step('a discarded branch comes back by its button', async () => {
    await window.row('Branches', 'Merged and discarded').click();
    await window.press('Branches', 'try-red-buttons', 'Restore the branch');
    await until('the branch to be back', () => named('try-red-buttons') !== undefined);
    assert.match(stage.git('show', `${named('try-red-buttons')}:src/red.ts`), /red/);
  });
  await report.step('what one action changed is shown by a click on it', async () => {
    await window.row('Timeline', 'src/red.ts').click();
    await window.page.locator('.tab.active', { hasText: 'Action' }).waitFor();
    await window.page.locator('.editor-actions .action-label[aria-label^="Undo this action"]').waitFor();
    await window.page.locator('.multiDiffEditor .view-lines', { hasText: 'colour' }).first().waitFor();
    await window.shot('07-action');
  });
  await report.step('a tool runs from a form made of its schema, and its rows are a table', async () => {
    await agent.call('write_file', { path: 'tools/text/words.ts', content: WORDS });
    await window.collapse('Timeline');
    await window.expand('Tools');
    await window.press('Tools', 'tools/text/words.ts', 'Run the tool');
    const form = await window.frame('#field-least');
    await form.locator('#field-text').fill('tea milk tea jam milk tea');
    await form.locator('#field-least').fill('2');
    await form.locator('button[type=submit]').click();
    await form.locator('td', { hasText: 'milk' }).waitFor();
    assert.deepEqual(await form.locator('tr').allInnerTexts(), ['word\ttimes', 'tea\t3', 'milk\t2']);
    await window.row('Tools', '1 run').waitFor();
    await window.shot('08-tool');
  });
  await report.step('a form refuses what the schema refuses, in the words of the refusal', async () => {
    const form = await window.frame('#field-least');
    await form.locator('#field-least').fill('');
    await form.locator('form').evaluate((element) => { element.noValidate = true; });
    await form.locator('button[type=submit]').click();
    await form.locator('.failure', { hasText: 'least' }).waitFor();
    await form.locator('#field-least').fill('3');
    await form.locator('button[type=submit]').click();
    await form.locator('td', { hasText: 'tea' }).waitFor();
    await window.collapse('Tools');
  });
  await report.step('above a tool stands what can be done with it, and a mistake is marked while it is typed', async () => {
    await window.expand('Tools');
    await window.press('Tools', 'tools/text/words.ts', 'Open the tool');
    const text = window.page.locator('.monaco-editor[data-uri$="/words.ts"]');
    await text.locator('.codelens-decoration a', { hasText: /again/i }).first().waitFor();
    await window.shot('13-author');
    await text.locator('.codelens-decoration a', { hasText: /again/i }).first().click();
    const form = await window.frame('#field-least');
    await form.locator('td', { hasText: 'tea' }).waitFor();
    await window.page.locator('.tab', { hasText: 'words.ts' }).filter({ hasNotText: 'Run' }).first().click();
    await text.locator('.view-lines').click({ position: { x: 5, y: 60 } });
    await window.page.keyboard.press('Control+End');
    await window.page.keyboard.type("eval('1');");
    await text.locator('.squiggly-error').first().waitFor();
    await text.locator('.view-lines').click({ position: { x: 5, y: 60 } });
    await window.page.keyboard.press('Control+End');
    await window.page.keyboard.press('Shift+Home');
    await window.page.keyboard.press('Delete');
    await text.locator('.squiggly-error').first().waitFor({ state: 'detached' });
    await window.collapse('Tools');
  });
  await report.step('a scope is checked while it is typed', async () => {
    await window.expand('Scopes');
    await window.press('Scopes', 'scope of coder', 'Edit the scope');
    const text = window.page.locator('.monaco-editor[data-uri^="tgp-scope"]');
    await text.locator('.view-lines', { hasText: 'can_delegate' }).waitFor();
    const form = await window.frame('#list-1');
    assert.match(await form.locator('#list-1').inputValue(), /^src\/\*\*$/m);
    await text.locator('.view-lines').click({ position: { x: 5, y: 5 } });
    await window.page.keyboard.press('Control+Home');
    await window.page.keyboard.type('nonsense: 3\n');
    await text.locator('.squiggly-error').first().waitFor();
    await window.shot('09-scope');
    await window.page.keyboard.press('Control+Home');
    await window.page.keyboard.press('Shift+ArrowDown');
    await window.page.keyboard.press('Delete');
    await text.locator('.squiggly-error').first().waitFor({ state: 'detached' });
  });
  await report.step('the form writes into the YAML, and the scope is put in force after its difference was shown', async () => {
    const form = await window.frame('#list-1');
    await form.locator('#list-1').fill('src/**\ntests/**\ndocs/**');
    await window.page.locator('.monaco-editor[data-uri^="tgp-scope"] .view-lines', { hasText: 'docs/**' }).waitFor();
    assert.doesNotMatch(stage.tgp('scope', 'show', 'coder'), /docs/);
    const before = stage.tgp('scope', 'show', 'coder').split('\n');
    await form.locator('button', { hasText: 'Put in force' }).click();
    assert.match(await window.dialog('Put in force'), /docs/);
    await until('the scope to be in force', () => /docs/.test(stage.tgp('scope', 'show', 'coder')));
    const changed = stage.tgp('scope', 'show', 'coder').split('\n').filter((line, index) => line !== before[index]);
    assert.deepEqual(changed, ['  write: ["src/**", "tests/**", "docs/**"]']);
    await window.collapse('Scopes');
  });
  await report.step('a snapshot is taken, compared and restored', async () => {
    await window.expand('Snapshots');
    await window.pane('Snapshots').locator('.pane-header').hover();
    await window.pane('Snapshots').locator('.pane-header .action-label[aria-label^="Take a snapshot"]').click();
    await window.type('before my own try');
    await window.row('Snapshots', 'before my own try').waitFor();
    stage.write('src/server.ts', 'broken by hand\n');
    await window.press('Snapshots', 'before my own try', 'Compare the snapshot');
    await window.page.locator('.multiDiffEditor .view-lines', { hasText: 'broken by hand' }).first().waitFor();
    await window.shot('10-snapshot');
    await window.title('Restore the snapshot');
    assert.match(await window.dialog('Restore'), /src\/server\.ts/);
    await until('the file to be back', () => stage.git('status', '--porcelain', 'src') === '');
    await window.collapse('Snapshots');
    await window.clearToasts();
  });
  await report.step('older actions come page by page', async () => {
    await window.expand('Timeline');
    window.set('tgp.timeline.pageSize', 5);
    await window.command('tgp: Restart the server');
    await window.command('tgp: Filter the timeline');
    await window.type('Agent');
    await window.type('coder');
    const rows = window.pane('Timeline').locator('.monaco-list-row[aria-label*="by coder"]');
    await until('a page of five', async () => (await rows.count()) === 5);
    await window.row('Timeline', 'Show older actions').click();
    await until('a page more', async () => (await rows.count()) === 10);
    await window.command('tgp: Show the whole timeline');
    window.set('tgp.timeline.pageSize', 50);
  });
  await report.step('a server that dies is started again, and nothing is lost', async () => {
    const old = servers(stage.project);
    assert.equal(old.length, 1);
    process.kill(old[0], 'SIGKILL');
    await until('another server', () => servers(stage.project).some((pid) => pid !== old[0]));
    await agent.call('start_task', { description: 'Write a guide' });
    await agent.call('write_file', { path: 'src/guide.md', content: '# Guide\n' });
    await window.row('Branches', 'write-a-guide').waitFor();
  });
  await report.step('what an agent writes in haste is on the screen when it is done', async () => {
    for (let number = 0; number < 20; number += 1) await agent.call('write_file', { path: `src/moments/${number}.md`, content: `${number}\n` });
    await window.row('Timeline', 'src/moments/19.md').waitFor();
  });
  await report.step('everything an agent did in the last hour is taken back at once, and made again', async () => {
    const files = () => stage.git('ls-tree', '-r', '--name-only', named('write-a-guide'));
    await window.command('tgp: Undo everything an agent did');
    await window.type('coder');
    await window.type('in the last hour');
    assert.match(await window.dialog('Undo'), /Takes back: Created `src\/moments\/19\.md`/);
    await until('the files to be gone', () => !files().includes('src/moments'));
    await window.command('tgp: Redo what was taken back last');
    await window.dialog('Redo');
    await until('the files to be back', () => files().includes('src/moments/19.md') && files().includes('src/guide.md'));
  });
  await report.step('one file of a branch is taken back, with the actions that touched it', async () => {
    await agent.call('patch_file', { path: 'src/guide.md', search: 'Guide', replace: 'The guide' });
    await agent.call('write_file', { path: 'src/more.md', content: '# More\n' });
    await window.row('Branches', 'write-a-guide, the agent works on it, 22 files').waitFor();
    await window.unfold('Branches', 'write-a-guide, the agent works on it, 22 files', 'file src/guide.md');
    await window.press('Branches', 'file src/guide.md', 'Undo this file');
    assert.match(await window.dialog('Undo'), /2 actions/);
    const files = () => stage.git('ls-tree', '-r', '--name-only', named('write-a-guide'));
    await until('the file to be gone', () => !files().includes('src/guide.md'));
    assert.match(files(), /src\/more\.md/);
    await window.row('Branches', 'file src/guide.md').waitFor({ state: 'detached' });
  });
  await report.step('a merge that contradicts main is refused, and both sides are shown', async () => {
    await agent.call('patch_file', { path: 'src/main.ts', search: '9090', replace: '7070' });
    stage.write('src/main.ts', stage.git('show', 'main:src/main.ts').replace('9090', '6060'));
    stage.commit('Another port');
    const before = main();
    // A row that is drawn anew while its button is pressed is no row for VS Code: then the extension asks which branch.
    await window.row('Branches', 'file src/main.ts').waitFor();
    await window.press('Branches', 'branch coder/write-a-guide', 'Merge the branch');
    await window.answerToast('Merging coder/write-a-guide', 'Show the conflicts');
    await window.page.locator('.multiDiffEditor .view-lines', { hasText: '6060' }).first().waitFor();
    await window.page.locator('.multiDiffEditor .view-lines', { hasText: '7070' }).first().waitFor();
    assert.equal(main(), before);
    assert.equal(stage.git('status', '--porcelain'), '');
    await window.shot('12-conflict');
  });
  await report.step('everything can be done with the keyboard alone', async () => {
    const before = main();
    await window.command('tgp: Merge the branch', (list) => list.press('Enter'));
    await window.type('try-red-buttons');
    await window.page.locator('.monaco-dialog-box', { hasText: 'src/red.ts' }).waitFor();
    await window.page.keyboard.press('Enter');
    await window.toast('Merged coder/try-red-buttons into main').waitFor();
    assert.notEqual(main(), before);
    assert.match(stage.git('show', 'main:src/red.ts'), /red/);
    await window.clearToasts();
  });
  await report.step('the walkthrough opens', async () => {
    await window.command('tgp: Open the walkthrough');
    await window.page.locator('.gettingStartedContainer', { hasText: 'Hand work to agents without fear' }).first().waitFor();
    await window.shot('14-walkthrough');
  });
  await report.step('two windows on one project show the same', async () => {
    const other = await window.another();
    await other.container();
    await other.row('Branches', 'write-a-guide').waitFor();
    await window.press('Branches', 'branch coder/write-a-guide', 'Discard the branch');
    await window.dialog('Discard');
    await other.row('Branches', 'write-a-guide').waitFor({ state: 'detached' });
    await other.page.close();
    await window.clearToasts();
  });
  await report.step('a program of another version is refused by name', async () => {
    const old = join(stage.folder, 'old-tgp');
    writeFileSync(old, '#!/bin/sh\necho tgp 99.0.0\n', { mode: 0o755 });
    window.set('tgp.path', old);
    await window.toast('tgp 99.0.0').waitFor();
    await window.page.locator('.welcome-view-content', { hasText: 'tgp does not run' }).waitFor();
    await window.clearToasts();
  });
  await report.step('a program that is not there is named, and the views say what to do', async () => {
    window.set('tgp.path', join(stage.folder, 'nowhere', 'tgp'));
    await window.toast('tgp was not found').waitFor();
    await window.page.locator('.welcome-view-content', { hasText: 'The program tgp was not found' }).waitFor();
    await window.shot('11-missing');
    await window.clearToasts();
  });
  await report.step('without a setting the program that came with the extension is taken', async () => {
    const installed = join(stage.folder, 'extensions', readdirSync(join(stage.folder, 'extensions')).find((name) => name.startsWith('tgp.tgp')));
    mkdirSync(join(installed, 'bin'));
    symlinkSync(process.env.TGP_BIN, join(installed, 'bin', 'tgp'));
    window.set('tgp.path', '');
    await window.row('Branches', 'Merged and discarded').waitFor();
    assert.equal(servers(stage.project).length, 1);
  });
}

// The processes `tgp lsp` that serve a folder.
function servers(folder) {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('lsp') && readlinkSync(`/proc/${pid}/cwd`) === folder;
    } catch {
      return false;
    }
  });
}

try {
  await story();
} catch {
  await window?.shot('failed').catch(() => undefined);
} finally {
  await agent?.end();
  await window?.close();
  stage.clear();
  report.end();
}
