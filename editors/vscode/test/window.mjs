// The real workbench of VS Code in Chromium: how a person finds views, rows, buttons, dialogs and notifications in it.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { run } from './stage.mjs';

// What keeps the window quiet, so that only tgp speaks.
const SETTINGS = {
  'workbench.startupEditor': 'none', 'security.workspace.trust.enabled': false, 'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false, 'update.mode': 'none', 'chat.disableAIFeatures': true, 'window.titleBarStyle': 'custom',
  'workbench.secondarySideBar.defaultVisibility': 'hidden', 'workbench.colorTheme': 'Default Dark Modern', 'window.commandCenter': false,
  'git.openRepositoryInParentFolders': 'never', 'workbench.layoutControl.enabled': false,
};
const BROWSER = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
export const PATIENCE = 30_000;

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export function browser() {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: BROWSER });
}

// Waits until a question is answered with something true; the last failure is told when it never is.
export async function until(what, question, patience = PATIENCE) {
  const end = Date.now() + patience;
  let last = 'nothing yet';
  for (;;) {
    try {
      const answer = await question();
      if (answer) return answer;
    } catch (error) {
      last = error.message;
    }
    if (Date.now() > end) throw new Error(`waited ${patience / 1000} s for ${what}: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const quoted = (text) => text.replace(/["\\]/g, '\\$&');

export class Window {
  // Starts the server with the extension installed from its package, and opens the project.
  static async open(stage, { codeServer, vsix, shots, settings = {} }) {
    const window = new Window();
    window.shots = shots;
    mkdirSync(shots, { recursive: true });
    const data = join(stage.folder, 'code-server');
    mkdirSync(join(data, 'User'), { recursive: true });
    writeFileSync(join(data, 'User', 'settings.json'), JSON.stringify({ ...SETTINGS, ...settings }));
    // A server looks for settings of machine scope in a file of its own.
    mkdirSync(join(data, 'Machine'), { recursive: true });
    window.data = data;
    window.settings = {};
    window.set('tgp.path', process.env.TGP_BIN);
    const shared = ['--config', '/dev/null', '--user-data-dir', data, '--extensions-dir', join(stage.folder, 'extensions')];
    run(stage.folder, process.execPath, codeServer, ...shared, '--install-extension', vsix);
    const port = await freePort();
    const words = [...shared, '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-telemetry', '--disable-update-check', '--disable-workspace-trust', '--disable-getting-started-override', stage.project];
    window.server = spawn(process.execPath, [codeServer, ...words], { stdio: 'ignore' });
    const address = `http://127.0.0.1:${port}`;
    await until('code-server', async () => (await fetch(`${address}/healthz`)).ok);
    window.browser = await browser();
    window.address = `${address}/?folder=${encodeURIComponent(stage.project)}`;
    window.page = await window.browser.newPage({ viewport: { width: 1600, height: 1000 } });
    await window.load();
    return window;
  }

  async load() {
    this.page.setDefaultTimeout(PATIENCE);
    await this.page.goto(this.address);
    await this.page.locator('.monaco-workbench').waitFor();
  }

  // A second window on the same project.
  async another() {
    const other = Object.assign(new Window(), this);
    other.page = await this.browser.newPage({ viewport: { width: 1200, height: 800 } });
    await other.load();
    return other;
  }

  async close() {
    await this.browser?.close();
    if (this.server?.exitCode === null) {
      const gone = new Promise((resolve) => this.server.once('exit', resolve));
      this.server.kill('SIGTERM');
      await gone;
    }
  }

  async shot(name) {
    await this.page.mouse.move(800, 700);
    await this.page.screenshot({ path: join(this.shots, `${name}.png`) });
  }

  async container() {
    await this.page.locator('.activitybar a.action-label[aria-label^="tgp"]').click();
    await this.pane('Branches').waitFor();
    // Wide enough to read what stands behind the names.
    await this.page.mouse.move(350, 500);
    await this.page.mouse.down();
    await this.page.mouse.move(520, 500, { steps: 5 });
    await this.page.mouse.up();
  }

  // Changes a setting of the machine while the window is open.
  set(name, value) {
    this.settings[name] = value;
    writeFileSync(join(this.data, 'Machine', 'settings.json'), JSON.stringify(this.settings));
  }

  // A view of the side bar, by its name.
  pane(name) {
    return this.page.locator(`.pane:has(> .pane-header[aria-label^="${name}"])`);
  }

  async expand(name) {
    const header = this.pane(name).locator('> .pane-header');
    await header.waitFor();
    if ((await header.getAttribute('aria-expanded')) !== 'true') await header.click();
  }

  async collapse(name) {
    const header = this.pane(name).locator('> .pane-header');
    if ((await header.getAttribute('aria-expanded')) === 'true') await header.click();
  }

  // A row of a view whose label for screen readers has this text.
  row(view, text) {
    return this.pane(view).locator(`.monaco-list-row[aria-label*="${quoted(text)}"]`).first();
  }

  // Notes from now on when each row is drawn first, in milliseconds since 1970.
  async noteRows() {
    await this.page.evaluate(() => {
      window.drawn = new Map();
      const look = () => {
        for (const row of document.querySelectorAll('.monaco-list-row[aria-label]')) {
          const label = row.getAttribute('aria-label');
          if (!window.drawn.has(label)) window.drawn.set(label, Date.now());
        }
      };
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label'] });
      look();
    });
  }

  // The rows that were drawn since, with their times.
  async drawn() {
    return new Map(await this.page.evaluate(() => [...window.drawn]));
  }

  // Opens a row until one inside it is seen. A click on a row that is drawn anew at this moment may be lost.
  async unfold(view, text, inner) {
    for (let left = 15; left > 0; left -= 1) {
      const row = this.row(view, text);
      if ((await row.getAttribute('aria-expanded')) !== 'true') await row.click();
      try {
        return await this.row(view, inner).waitFor({ timeout: 2000 });
      } catch (error) {
        if (left === 1) throw error;
      }
    }
  }

  // A button of a row, which is there when the row is pointed at.
  async press(view, text, button) {
    const row = this.row(view, text);
    await row.hover();
    await row.locator(`.action-label[aria-label^="${button}"]`).click();
  }

  async title(button) {
    await this.page.locator(`.editor-actions .action-label[aria-label^="${button}"]`).first().click();
  }

  // What a modal question says; the button named is pressed.
  async dialog(button) {
    const box = this.page.locator('.monaco-dialog-box');
    await box.waitFor();
    const text = await box.innerText();
    if (button) {
      await box.locator('.monaco-button', { hasText: new RegExp(`^${button}$`) }).click();
      await box.waitFor({ state: 'detached' });
    }
    return text;
  }

  toast(text) {
    return this.page.locator('.notification-toast', { hasText: text }).first();
  }

  async answerToast(text, button) {
    const toast = this.toast(text);
    await toast.locator('.monaco-button', { hasText: new RegExp(`^${button}$`) }).click();
    await toast.waitFor({ state: 'detached' });
  }

  async clearToasts() {
    await this.command('Notifications: Clear All Notifications');
  }

  // Runs a command from the palette, by its title; with a click, or as told.
  async command(title, run = undefined) {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget input[type=text]').first();
    await input.waitFor();
    await input.fill(`>${title}`);
    const found = this.page.locator(`.quick-input-list .monaco-list-row[aria-label^="${title}" i]`).first();
    await found.waitFor();
    await (run ? run(input) : found.click());
  }

  // Writes into the box that asks for a line, and sends it.
  async type(text) {
    const input = this.page.locator('.quick-input-widget input[type=text]').first();
    // The palette a command was run from is the same box; it asks once it is no palette any more.
    await until('the box that asks', async () => (await input.isVisible()) && !(await input.inputValue()).startsWith('>'));
    await input.fill(text);
    await input.press('Enter');
  }

  // The inner frame of a webview that has this element.
  async frame(selector) {
    return until(`a frame with ${selector}`, async () => {
      for (const frame of this.page.frames()) if ((await frame.locator(selector).count()) > 0) return frame;
      return undefined;
    });
  }
}
