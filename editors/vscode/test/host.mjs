// Starts VS Code's own server with the extension from its folder, and lets `host/index.js` run in the extension host.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent, Stage } from './stage.mjs';
import { browser, freePort, until } from './window.mjs';

const home = dirname(dirname(fileURLToPath(import.meta.url)));
/** So many actions lie in the timeline before VS Code is opened. */
const ACTIONS = 10_000;
const stage = new Stage();
stage.setUp();
const agent = await Agent.start(stage);
await agent.call('start_task', { description: 'Add a login' });
await agent.call('write_file', { path: 'src/login.ts', content: 'export const login = 1;\n' });
for (let number = 0; number < ACTIONS; number += 1) await agent.call('list_files', { dir: 'src' });

const report = join(stage.folder, 'report');
const data = join(stage.folder, 'data');
for (const folder of [join(data, 'Machine'), join(data, 'data', 'Machine')]) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ 'tgp.path': process.env.TGP_BIN, 'git.enabled': false }));
}
const port = await freePort();
const words = [
  '--host', '127.0.0.1', '--port', String(port), '--without-connection-token', '--accept-server-license-terms', '--telemetry-level', 'off',
  '--server-data-dir', data, '--user-data-dir', data, '--extensions-dir', join(stage.folder, 'extensions'), '--disable-workspace-trust', '--enable-smoke-test-driver',
];
const server = spawn(process.execPath, [join(process.env.TGP_CODE_SERVER, 'lib/vscode/out/server-main.js'), ...words], {
  stdio: 'ignore', env: { ...process.env, TGP_HOST_REPORT: report },
});
let window;
try {
  const address = `http://127.0.0.1:${port}`;
  await until('the server', async () => (await fetch(address)).ok);
  window = await browser();
  const page = await window.newPage();
  const ended = new Promise((resolve) => page.exposeFunction('codeAutomationExit', resolve));
  await page.exposeFunction('codeAutomationLog', () => undefined);
  const remote = (path) => `vscode-remote://127.0.0.1:${port}${path}`;
  const payload = [['extensionDevelopmentPath', remote(home)], ['extensionTestsPath', remote(join(home, 'test/host/index.js'))]];
  await page.goto(`${address}/?folder=${encodeURIComponent(stage.project)}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
  // A host that never ends is a failure; the timer itself keeps nobody waiting.
  const late = new Promise((resolve) => setTimeout(() => resolve('late'), 120_000).unref());
  process.exitCode = (await Promise.race([ended, late])) === 0 ? 0 : 1;
} finally {
  console.log(existsSync(report) ? readFileSync(report, 'utf8').trimEnd() : 'the extension host said nothing');
  await window?.close();
  await agent.end();
  const gone = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await gone;
  stage.clear();
}
