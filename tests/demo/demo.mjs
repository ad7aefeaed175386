// Plays a whole agent session against the built binary through a real MCP client (npm), a real SQLite database and a
// bare Git remote, prints what happens, and checks every result. Started by `cargo xtask demo`.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stage } from './stage.mjs';
import { bad, code, does, fact, gives, note, scene, title } from './say.mjs';
import * as source from './tools.mjs';

const require = createRequire(join(process.env.TGP_NPM, 'package.json'));
const { Client } = require('@modelcontextprotocol/client');
const { StdioClientTransport } = require('@modelcontextprotocol/client/stdio');

// Connects an agent to the project, as a host would.
async function connect(folder) {
  const client = new Client({ name: 'tgp-demo', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  const transport = new StdioClientTransport({ command: process.env.TGP_BIN, args: ['mcp', '--agent', 'coder'], cwd: folder, env: process.env });
  await client.connect(transport);
  const call = async (name, args) => client.callTool({ name, arguments: args });
  return {
    transport,
    close: () => client.close(),
    async done(name, args) {
      const answer = await call(name, args);
      assert.ok(!answer.isError, `${name} was refused: ${JSON.stringify(answer.structuredContent)}`);
      return answer.structuredContent;
    },
    async refused(name, args) {
      const answer = await call(name, args);
      assert.equal(answer.isError, true, `${name} was not refused: ${JSON.stringify(answer.structuredContent)}`);
      return answer.structuredContent;
    },
  };
}

// Looks for a tool, forges it where there is none, and has it checked: reuse or forge.
async function forge(agent, query, path, text) {
  const found = await agent.done('find_tool', { query });
  does('find_tool', `"${query}"`, found.advice);
  assert.match(found.advice, /forge/);
  const written = await agent.done('write_file', { path, content: text });
  does('write_file', path, `${written.bytes} bytes, commit ${written.commit.slice(0, 7)}`);
  const checked = await agent.done('check_tool', { path });
  assert.equal(checked.valid, true, JSON.stringify(checked.errors));
  does('check_tool', path, 'valid: keeps the eight standards');
}

async function run(agent, path, args) {
  const ran = await agent.done('exec_tool', { path, args });
  does('exec_tool', path, `${ran.duration_ms.toFixed(1)} ms, ${ran.fuel} fuel`);
  return ran.result;
}

const count = async (agent, sql) => (await agent.done('exec_sql', { sql })).rows[0][0];

async function main(stage) {
  title('tgp: an agent forges its own tools, and you keep your data');
  note('A shop with a SQLite database, an empty Git remote, and an agent that has eight kernel tools and no shell.');

  scene(1, 'A person sets up the project');
  stage.tgp(stage.project, 'init', '--remote', stage.remote);
  stage.configure();
  fact('$ tgp init --remote bare-repo.git', 'tgp.config.ts and .tgp/, a Git repository for tools');
  let agent = await connect(stage.project);
  await agent.done('exec_sql', { sql: 'SELECT 1' });
  // The shop is the person's: agents change its rows and not its tables.
  for (const sql of source.SHOP) stage.tgp(stage.project, 'sql', sql);
  assert.equal(await count(agent, 'SELECT count(*) FROM users'), 6);
  fact('shop.db', '6 users, 5 plan changes');

  scene(2, '"List users who downgraded in June, pipe-delimited."');
  await forge(agent, 'users who downgraded in a month, delimited text', 'tools/reports/downgrade.ts', source.DOWNGRADE);
  const report = await run(agent, 'tools/reports/downgrade.ts', { month: '2026-06', delimiter: '|' });
  gives(report);
  assert.equal(report, 'id|name|from|to\n2|Grace|pro|basic\n5|Alan|team|pro\n');

  scene(3, '"Fix the typo Ohiio for active users." One transaction, all or nothing');
  await forge(agent, 'replace a misspelt state for active users', 'tools/maintenance/fix_typo.ts', source.FIX_TYPO);
  const fixed = await run(agent, 'tools/maintenance/fix_typo.ts', { wrong: 'Ohiio', right: 'Ohio', status: 'active' });
  gives(fixed);
  assert.equal(fixed.changed, 2);
  assert.equal(await count(agent, "SELECT count(*) FROM users WHERE state = 'Ohiio'"), 1, 'the inactive user keeps it');

  scene(4, '"Calculate the dimensional weight (L*W*H)/139." Same arguments, same result, same fuel');
  await forge(agent, 'dimensional weight of a parcel', 'tools/shipping/dim_weight.ts', source.DIM_WEIGHT);
  const weight = await run(agent, 'tools/shipping/dim_weight.ts', { length: 139, width: 10, height: 2, divisor: 139 });
  gives(weight);
  assert.equal(weight, 20);

  scene(5, 'A second tool reuses the first');
  const reuse = await agent.done('find_tool', { query: 'dimensional weight of a parcel' });
  does('find_tool', '"dimensional weight of a parcel"', `score ${reuse.tools[0].score.toFixed(2)}: ${reuse.advice}`);
  assert.ok(reuse.tools[0].score >= 0.85 && /reuse/.test(reuse.advice));
  await forge(agent, 'shipping quote for several parcels', 'tools/shipping/quote.ts', source.QUOTE);
  const parcels = [{ length: 139, width: 10, height: 2 }, { length: 139, width: 5, height: 2 }];
  const quote = await run(agent, 'tools/shipping/quote.ts', { parcels, divisor: 139, rate: 1.5 });
  gives(quote);
  assert.deepEqual(quote, { weights: [20, 10], price: 45 });

  scene(6, 'A broken tool is diagnosed, patched and verified');
  const path = 'tools/reports/by_state.ts';
  await agent.done('write_file', { path, content: source.BROKEN });
  const broken = await agent.done('check_tool', { path });
  assert.equal(broken.valid, false);
  const [error] = broken.errors;
  bad('check_tool', `${error.path}:${error.line}:${error.column}`, `${error.code}: ${error.message}`);
  code(error.frame);
  await agent.done('patch_file', { path, search: source.BROKEN_LINE, replace: source.MENDED_LINE });
  does('patch_file', path, 'one place');
  const mended = await agent.done('check_tool', { path });
  assert.equal(mended.valid, true, JSON.stringify(mended.errors));
  does('check_tool', path, 'valid');
  const states = await run(agent, path, { status: 'active' });
  gives(states);
  assert.deepEqual(states, { Ohio: 3, Texas: 1 });

  scene(7, 'An endless loop dies, and nobody else notices');
  await agent.done('write_file', { path: 'tools/freeze.ts', content: source.FREEZE });
  const frozen = await agent.refused('exec_tool', { path: 'tools/freeze.ts', args: {} });
  bad('exec_tool', 'tools/freeze.ts', `${frozen.name} (${frozen.code})`);
  note(frozen.message);
  assert.equal(frozen.name, 'ERR_ISOLATE_TIMEOUT');

  scene(8, 'A tool inserts a row and throws: the row is gone');
  await agent.done('write_file', { path: 'tools/import_user.ts', content: source.THROWS });
  const before = await count(agent, 'SELECT count(*) FROM users');
  const thrown = await agent.refused('exec_tool', { path: 'tools/import_user.ts', args: { name: 'Mallory' } });
  bad('exec_tool', 'tools/import_user.ts', `${thrown.code}: ${thrown.message}`);
  const after = await count(agent, 'SELECT count(*) FROM users');
  fact(`users before: ${before}, after: ${after}`, 'rolled back');
  assert.equal(after, before);

  scene(9, 'The jail: nothing outside is read or written');
  const escape = await agent.refused('read_file', { path: '../../etc/passwd' });
  bad('read_file', '../../etc/passwd', `${escape.name} (${escape.code})`);
  assert.equal(escape.name, 'SecurityViolation');

  scene(10, 'Everything is in the timeline');
  const counts = await stage.timeline((seen) => seen.executed >= 30 && seen.failed + seen.denied >= 3);
  fact('$ tgp log', Object.entries(counts).map(([status, number]) => `${number} ${status}`).join(', '));

  scene(11, 'The process is killed; the tools are in Git');
  process.kill(agent.transport.pid, 'SIGKILL');
  await agent.close().catch(() => undefined);
  fact('$ kill -9', 'in the middle of the session');
  stage.tgp(stage.project, 'sync');
  fact('$ tgp sync', 'pushed to bare-repo.git');
  const clone = stage.cloneElsewhere();
  const files = ['tools/reports/downgrade.ts', 'tools/maintenance/fix_typo.ts', 'tools/shipping/quote.ts'];
  for (const file of files) assert.ok(readFileSync(join(clone, file), 'utf8').length > 0);
  assert.equal(readFileSync(join(clone, 'tools/reports/downgrade.ts'), 'utf8'), source.DOWNGRADE);
  fact('$ git clone bare-repo.git', 'every tool, byte for byte');

  scene(12, 'The next agent, in another folder, runs one of them');
  stage.tgp(stage.next, 'init', '--remote', stage.remote);
  agent = await connect(stage.next);
  const found = await agent.done('find_tool', { query: 'shipping quote for several parcels' });
  does('find_tool', '"shipping quote for several parcels"', found.advice);
  assert.match(found.advice, /reuse/);
  const again = await run(agent, 'tools/shipping/quote.ts', { parcels, divisor: 139, rate: 1.5 });
  gives(again);
  assert.deepEqual(again, quote);
  await agent.close();
  title('Every result was as told.');
}

const stage = new Stage();
let asTold = true;
try {
  await main(stage);
} catch (failure) {
  console.error(`\nnot as told: ${failure.stack ?? failure}`);
  asTold = false;
}
stage.clear();
// An agent that is still connected would keep the demo waiting.
process.exit(asTold ? 0 : 1);
