// A project in a temporary folder with a Git repository, a policy that asks, and an agent in a process of its own.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const FILES = {
  'src/main.ts': "import { start } from './server';\n\nstart({ port: 8080 });\n",
  'src/server.ts': 'export function start({ port }: { port: number }): void {\n  console.log(`listening on ${port}`);\n}\n',
  'package.json': '{\n  "name": "shop",\n  "version": "1.0.0"\n}\n',
  'README.md': '# Shop\n',
};
const settings = (more) => `import { defineTGPConfig } from '@tgp/core';

export default defineTGPConfig({
  approvals: { wait: 60_000 },${more}
});
`;
const ASKS = `version: 1
rules:
  - id: ask-dependencies
    effect: require_approval
    reason: Dependencies run on our machines.
    match: { operation: [write], path: ["package.json"] }
  - id: ask-prices
    effect: require_approval
    reason: Prices are money.
    match: { operation: [write], path: ["src/prices/**"] }
`;

// Runs a program to its end; anything but success ends the test with the program's own words.
export function run(folder, program, ...words) {
  const ended = spawnSync(program, words, { cwd: folder, encoding: 'utf8' });
  if (ended.status !== 0) throw new Error(`${program} ${words.join(' ')}: ${ended.error ?? ''}${ended.stdout}${ended.stderr}`);
  return ended.stdout.trimEnd();
}

export class Stage {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'tgp-vscode-'));
    this.project = join(this.folder, 'shop');
    mkdirSync(this.project);
    process.env.TGP_STATE_DIR = join(this.folder, 'state');
    delete process.env.TGP_TRUST;
    this.git('init', '--quiet', '--initial-branch=main');
    this.git('config', 'user.name', 'Ada');
    this.git('config', 'user.email', 'ada@example.com');
    for (const [path, text] of Object.entries(FILES)) this.write(path, text);
    this.commit('Begin');
  }

  // What a person sets up before an agent comes; nobody sits at a terminal to answer `tgp trust`, so the hash is named.
  setUp(more = '') {
    this.tgp('init');
    this.write('tgp.config.ts', settings(more));
    this.write('.tgp/policy/ask.yaml', ASKS);
    process.env.TGP_TRUST = JSON.parse(this.tgp('trust', '--show', '--json')).hash;
    this.commit('Set up tgp');
  }

  // The same trust as a person gives it, at a terminal; without a deployment's variable.
  trustAtTerminal() {
    delete process.env.TGP_TRUST;
    const typed = spawnSync('script', ['-qec', `'${process.env.TGP_BIN}' trust`, '/dev/null'], { cwd: this.project, input: 'y\n', encoding: 'utf8' });
    if (typed.status !== 0) throw new Error(`tgp trust: ${typed.stdout}${typed.stderr}`);
  }

  write(path, text) {
    const file = join(this.project, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  commit(words) {
    this.git('add', '--all');
    this.git('commit', '--quiet', '-m', words);
  }

  git(...words) {
    return run(this.project, 'git', ...words);
  }

  // The agent's branch whose name has this in it, while it is open.
  branch(part) {
    return this.git('for-each-ref', '--format=%(refname:short)', 'refs/heads/agent').split('\n').find((name) => name.includes(part));
  }

  tgp(...words) {
    return run(this.project, process.env.TGP_BIN, ...words);
  }

  clear() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// An MCP client in a process of its own: what it does reaches the editor only through the project's state.
export class Agent {
  static async start(stage) {
    const agent = new Agent();
    agent.child = spawn(process.execPath, [new URL('agent.mjs', import.meta.url).pathname], { cwd: stage.project, stdio: ['pipe', 'pipe', 'inherit'] });
    agent.waiting = [];
    createInterface({ input: agent.child.stdout }).on('line', (line) => agent.waiting.shift()(JSON.parse(line)));
    await new Promise((resolve) => agent.waiting.push(resolve));
    return agent;
  }

  // The answer of a kernel tool; a refusal is an error.
  async call(name, args) {
    const said = new Promise((resolve) => this.waiting.push(resolve));
    this.child.stdin.write(`${JSON.stringify({ name, arguments: args })}\n`);
    const answer = await said;
    if (answer.isError) throw new Error(`${name}: ${JSON.stringify(answer.structuredContent ?? answer)}`);
    return answer.structuredContent;
  }

  async end() {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin.end();
    await gone;
  }
}
