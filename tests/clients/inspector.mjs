// Drives tgp with the inspector's command line, one process a call, in the era named by the first argument.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { play } from './session.mjs';

const era = process.argv[2];
const program = join(
  process.env.TGP_NPM, 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js',
);

// The inspector starts the server with few variables; these say what is trusted.
const handed = ['TGP_STATE_DIR', 'TGP_TRUST'].map((name) => `${name}=${process.env[name] ?? ''}`);

// Exit code 5 stands for a tool result with `isError`; its payload is printed all the same.
function inspect(...words) {
  const all = [program, '--cli', '--protocol-era', era, '--format', 'json', ...words, '--', 'env', ...handed, process.env.TGP_BIN, 'mcp'];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: 'utf8' });
  try {
    return { status, stderr, ...JSON.parse(stdout).result };
  } catch {
    assert.fail(`exit ${status}\n${stdout}\n${stderr}`);
  }
}

const strict = inspect('--method', 'tools/list', '--strict');
assert.equal(strict.status, 0, `the schemas are portable: ${strict.stderr}`);
await play({
  list: async () => inspect('--method', 'tools/list').tools,
  call: async (name, args) =>
    inspect('--method', 'tools/call', '--tool-name', name, '--tool-args-json', JSON.stringify(args)),
});
console.log('all as told');
