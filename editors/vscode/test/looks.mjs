// Whoever cannot use a mouse, or sees little, decides here as well: by keys alone, in themes of high contrast and a light one,
// and with a name for screen readers on everything that can be reached.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { suite } from './suite.mjs';
import { until } from './window.mjs';

/** The rules of the web for accessible pages (WCAG 2.2 AA), as axe-core checks them. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const THEMES = [
  ['high-contrast', 'Dark High Contrast', 'hc-black'],
  ['high-contrast-light', 'Light High Contrast', 'hc-light'],
  ['light', 'Light Modern', 'vs'],
  ['dark', 'Dark Modern', 'vs-dark'],
];
/** What a form's page is called in each kind of theme. */
const CLASSES = { 'hc-black': 'vscode-high-contrast', 'hc-light': 'vscode-high-contrast-light', vs: 'vscode-light', 'vs-dark': 'vscode-dark' };
const VIEWS = ['Branches', 'Timeline', 'Approvals', 'Scopes', 'Snapshots', 'Tools'];
const TOOL = `/** How often each word occurs. */
export default function words({ text, least, sort }: {
  /** The text. */
  text: string;
  /** Words that occur less often are left out. */
  least: number;
  sort?: boolean;
}): { word: string; times: number }[] {
  const all = text.split(' ');
  const found = [...new Set(all)].map((word) => ({ word, times: all.filter((one) => one === word).length })).filter(({ times }) => times >= least);
  return sort ? found.sort((a, b) => b.times - a.times) : found;
}
`;

await suite(async ({ report, stage, open, start }) => {
  const window = await open();
  const { page } = window;
  const agent = await start();
  await agent.call('start_task', { description: 'Write words' });
  await agent.call('write_file', { path: 'src/words.md', content: '# Words\n' });
  await agent.call('write_file', { path: 'tools/words.ts', content: TOOL });

  // The label of the row that has the keyboard.
  const focused = () => page.evaluate(() => {
    const list = document.activeElement;
    const row = document.getElementById(list?.getAttribute('aria-activedescendant') ?? '') ?? list?.querySelector('.monaco-list-row.focused');
    return row?.getAttribute('aria-label') ?? '';
  });
  // Presses a key until the row that has the keyboard says this.
  const walk = (key, text) => until(`a row with ${text}`, async () => {
    if ((await focused()).includes(text)) return true;
    await page.keyboard.press(key);
    return (await focused()).includes(text);
  });
  const command = (title) => window.command(title, (list) => list.press('Enter'));

  await report.step('by keys alone the views are opened, a tree is walked, and an action is shown and undone', async () => {
    await page.locator('.statusbar-item', { hasText: 'tgp' }).waitFor();
    await command('tgp: Focus on Branches View');
    await window.row('Branches', 'write-words').waitFor();
    // A view that had no rows yet took the keyboard itself.
    await command('tgp: Focus on Branches View');
    await walk('ArrowDown', 'branch coder/write-words');
    await page.keyboard.press('ArrowRight');
    await window.row('Branches', 'file src/words.md').waitFor();
    await walk('ArrowDown', 'file src/words.md');
    await page.keyboard.press('Enter');
    await page.locator('.tab.active', { hasText: 'words.md' }).waitFor();
    await command('tgp: Focus on Timeline View');
    await walk('ArrowDown', 'src/words.md');
    // What stands in a row as a button is in its menu as well.
    await page.keyboard.press('Shift+F10');
    await page.locator('.monaco-menu .action-label', { hasText: 'Undo this action' }).waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    assert.match(await window.dialog(), /src\/words\.md/);
    await page.keyboard.press('Enter');
    await until('the undo', () => !stage.git('ls-tree', '-r', '--name-only', stage.branch('write-words')).includes('src/words.md'));
  });

  await report.step('by keys alone a question is read and approved', async () => {
    const asked = agent.call('patch_file', { path: 'package.json', search: '"1.0.0"', replace: '"1.2.0"' });
    await window.row('Approvals', 'pending').waitFor();
    await command('tgp: Focus on Approvals View');
    await walk('ArrowDown', 'pending');
    await page.keyboard.press('Enter');
    await page.locator('.editor-instance .view-lines', { hasText: '1.2.0' }).waitFor();
    await command('tgp: Approve');
    const box = page.locator('.monaco-dialog-box');
    await box.waitFor();
    // The keyboard is in the question, and stays there until it is answered.
    for (let tab = 0; tab < 6; tab += 1) {
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.querySelector('.monaco-dialog-box')?.contains(document.activeElement)), true);
    }
    await box.locator('.monaco-button', { hasText: /^Approve$/ }).focus();
    await page.keyboard.press('Enter');
    await asked;
    assert.match(stage.git('show', `${stage.branch('write-words')}:package.json`), /1\.2\.0/);
    await window.clearToasts();
  });

  await report.step('everything that can be reached has a name for screen readers', async () => {
    await agent.call('write_file', { path: 'src/more.md', content: '# More\n' });
    agent.call('patch_file', { path: 'package.json', search: 'shop', replace: 'store' }).catch(() => undefined);
    await window.row('Approvals', 'pending').waitFor();
    stage.tgp('snapshot', 'create', 'for the picture');
    await page.setViewportSize({ width: 1600, height: 1600 });
    for (const view of VIEWS) await window.expand(view);
    for (const view of VIEWS) await window.pane(view).locator('.monaco-list-row').first().waitFor();
    const nameless = await page.evaluate((views) => {
      const named = (element) => (element.getAttribute('aria-label') ?? element.getAttribute('title') ?? element.textContent ?? '').trim() !== '';
      const wanted = '.monaco-list-row, .action-label[role], a.action-label, .monaco-button, [role=button], [tabindex="0"]';
      return views.flatMap((view) => {
        const pane = document.querySelector(`.pane:has(> .pane-header[aria-label^="${view}"])`);
        const found = [...(pane?.querySelectorAll(wanted) ?? [])];
        if (found.length < 2) return [`${view}: only ${found.length} found`];
        return found.filter((element) => !named(element)).map((element) => `${view}: ${element.outerHTML.slice(0, 200)}`);
      });
    }, VIEWS);
    assert.deepEqual(nameless, []);
    // A row says more than its first column: what it is, and how it stands.
    for (const [view, label] of [['Branches', /^branch .*, the agent works on it, /], ['Timeline', /, by coder at .*, executed/], ['Approvals', /, risk \w+, pending$/], ['Scopes', /^scope of \w+, \d+ rules?$/], ['Snapshots', /^snapshot .*, /], ['Tools', /^tool tools\/words\.ts, \d+ runs?, /]]) {
      const labels = await window.pane(view).locator('.monaco-list-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label')));
      assert.ok(labels.some((text) => label.test(text)), `${view}: ${labels.join(' | ')}`);
    }
    const bar = page.locator('.statusbar-item[id^="tgp"]').first();
    assert.match(await bar.locator('a').getAttribute('aria-label'), /question/);
  });

  // A form in its frame, looked at by axe-core.
  const check = async (frame, name) => {
    await frame.evaluate(AXE);
    const look = () => frame.evaluate(async (tags) => {
      const { violations, passes } = await globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags } });
      return { passes: passes.length, violations: violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' ')}`) };
    }, RULES);
    // The colours of a theme come one after the other.
    let found;
    await until('the form to keep them', async () => (found = await look()).violations.length === 0, 5000).catch(() => undefined);
    assert.ok(found.passes > 10, `${name}: only ${found.passes} rules applied`);
    assert.deepEqual(found.violations, [], name);
  };

  const dress = async (theme, sign) => {
    await window.command('Preferences: Color Theme');
    await window.type(theme);
    await page.locator(`.monaco-workbench.${sign}`).waitFor();
  };

  for (const [name, theme, sign] of THEMES) {
    await report.step(`in the theme ${theme} every view can be read, and the form of a tool keeps the rules of accessible pages`, async () => {
      await dress(theme, sign);
      if (name === 'high-contrast') {
        await window.press('Tools', 'tools/words.ts', 'Run the tool');
        const form = await window.frame('#field-least');
        await form.locator('#field-text').fill('tea milk tea');
        await form.locator('#field-least').fill('1');
        await form.locator('button[type=submit]').click();
        await form.locator('td', { hasText: 'milk' }).waitFor();
      }
      const form = await window.frame('#field-least');
      await until('the colours of the form', () => form.evaluate((wanted) => document.body.classList.contains(wanted), CLASSES[sign]));
      await check(form, `the form of a tool in ${theme}`);
      await window.shot(`20-${name}-views-and-tool`);
    });
  }
  await report.step('the form of a scope keeps the rules of accessible pages in every theme', async () => {
    await window.press('Scopes', 'scope of coder', 'Edit the scope');
    await window.frame('#list-1');
    // The keyboard comes back to the text once the form stands beside it.
    await page.locator('.editor-group-container.active .tab.active', { hasText: 'coder.yaml' }).waitFor();
    for (const [name, theme, sign] of THEMES) {
      await dress(theme, sign);
      const form = await window.frame('#list-1');
      await until('the colours of the form', () => form.evaluate((wanted) => document.body.classList.contains(wanted), CLASSES[sign]));
      await check(form, `the form of a scope in ${theme}`);
      await window.shot(`21-${name}-scope`);
    }
  });
  await report.step('a review can be read in every theme', async () => {
    await page.setViewportSize({ width: 1600, height: 1000 });
    await window.press('Branches', 'write-words', 'Review the branch');
    await page.locator('.multiDiffEditor .view-lines', { hasText: '1.2.0' }).first().waitFor();
    for (const [name, theme, sign] of THEMES) {
      await dress(theme, sign);
      await window.shot(`22-${name}-review`);
    }
  });
});
