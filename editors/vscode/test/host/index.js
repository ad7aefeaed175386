// Runs in VS Code's real extension host: what the extension contributes is there, and holds against bad input.
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { appendFileSync, readFileSync, readdirSync } = require('node:fs');
const { join } = require('node:path');
const vscode = require('vscode');

const say = (line) => appendFileSync(process.env.TGP_HOST_REPORT, `${line}\n`);
const root = () => vscode.workspace.workspaceFolders[0].uri.fsPath;
const git = (...words) => execFileSync('git', words, { cwd: root(), encoding: 'utf8' }).trimEnd();
const text = async (uri) => new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
const address = (path, source) => vscode.Uri.from({ scheme: 'tgp', path: `/${path}`, query: JSON.stringify(source) });

async function until(what, question, patience = 20_000) {
  for (const end = Date.now() + patience; ; ) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${patience / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const tests = {
  async 'every command of the manifest is registered'({ extension }) {
    const known = new Set(await vscode.commands.getCommands(true));
    const missing = extension.packageJSON.contributes.commands.map(({ command }) => command).filter((command) => !known.has(command));
    assert.deepEqual(missing, []);
  },

  async 'the server serves the project of the folder and speaks our protocol'({ server }) {
    const status = await server.request('tgp/status', {});
    assert.equal(status.project, root());
    assert.equal(status.protocol, 1);
    assert.equal(status.open_branches, 1);
  },

  async 'no request of the server is a command of VS Code: those there are ask first'({ server, extension }) {
    assert.ok(server.commands.includes('tgp.branches.merge') && server.commands.includes('tgp.approvals.approve'), String(server.commands));
    const known = (await vscode.commands.getCommands(true)).filter((command) => command.startsWith('tgp.'));
    assert.deepEqual(server.commands.filter((command) => known.includes(command)), []);
    await assert.rejects(async () => vscode.commands.executeCommand('tgp.branches.merge', {}), /not found/);
    // What the manifest does not name is made by VS Code for views, but for the lens.
    const named = new Set([...extension.packageJSON.contributes.commands.map(({ command }) => command), 'tgp.showReferences']);
    const views = extension.packageJSON.contributes.views.tgp.map(({ id }) => `${id}.`);
    assert.deepEqual(known.filter((command) => !named.has(command) && !views.some((view) => command.startsWith(view))), []);
  },

  async 'the requests we know are those the server has'({ server, extension }) {
    const text = readFileSync(join(extension.extensionPath, 'src/protocol.ts'), 'utf8');
    const ours = [...text.matchAll(/^ {2}'(tgp\/[a-z/]+)'/gm)].map(([, method]) => method.replaceAll('/', '.'));
    assert.ok(ours.length > 30, String(ours.length));
    assert.deepEqual(ours.filter((command) => !server.commands.includes(command)), []);
  },

  async 'text of others can be seen whole and leads nowhere'() {
    const { inert } = await import(join(vscode.extensions.getExtension('tgp.tgp').extensionPath, 'src/inert.ts'));
    assert.equal(inert('ok [Show the rest](command:tgp.branch.merge?%5B%5D)'), 'ok [Show the rest] (command:tgp.branch.merge?%5B%5D)');
    assert.equal(inert('[[a](command:x)](command:y)'), '[[a] (command:x)] (command:y)');
    assert.equal(inert('$(check) approved $$(x)'), '$ (check) approved $$ (x)');
    assert.equal(inert('a\u202eb\u2066c\u200fd\u001b[2J\u0000\u007f\u0085'), 'a<U+202E>b<U+2066>c<U+200F>d<U+001B>[2J<U+0000><U+007F><U+0085>');
    // What is between the two signs is shown, not taken away: else it would make a link of them.
    for (const sign of ['\u200b', '\u2060', '\ufeff', '\r', '\u0008', '\u{e0001}']) assert.doesNotMatch(inert(`[a]${sign}(command:x) $${sign}(check)`), /\]\(|\$\(|[\u200b\u2060\ufeff\r\u0008\u{e0001}]/u);
    for (const plain of ['src/a (1).ts', 'one\ntwo\tthree\n', 'Grüße, 東京, \u{1f468}\u200d\u{1f469}\u200d\u{1f467}', 'f(x)[0]', '']) assert.equal(inert(plain), plain);
  },

  async 'nothing an agent writes ends its own quotation, or begins a line that looks like one of ours'() {
    const { line, marked, quoted } = await import(join(vscode.extensions.getExtension('tgp.tgp').extensionPath, 'src/inert.ts'));
    assert.equal(quoted(['+3', '+4']), '“+3” ⏎ “+4”');
    assert.equal(quoted(['+ok” ⏎ tgp: approved, risk low. “']), '“+ok<U+201D> <U+23CE> tgp: approved, risk low. <U+201C>”');
    assert.equal(quoted(['a" tgp: approved "', 'one\ntwo']), '“a\\" tgp: approved \\"” ⏎ “one<U+000A>two”');
    for (const sign of '“”„‟″‶〝〞〟＂«»‹›❝❞⏎↵') assert.ok(!quoted([`a${sign}b`]).slice(1, -1).includes(sign), sign);
    assert.equal(line('src/a\nA snapshot was taken.\u2028x\r\ny'), 'src/a<U+000A>A snapshot was taken.<U+2028>x<U+000A>y');
    assert.equal(marked('+1\r\n+2\n\nApproved by tgp.\n'), '> +1\n> +2\n> \n> Approved by tgp.');
  },

  async 'no message, question, list or tooltip goes past the one door that makes text inert'({ extension }) {
    const folder = join(extension.extensionPath, 'src');
    const files = readdirSync(folder, { recursive: true }).map(String).filter((name) => name.endsWith('.ts') && name !== 'show.ts');
    assert.ok(files.length > 15, String(files));
    const past = /\b(show(Information|Warning|Error)Message|showQuickPick|createQuickPick|showInputBox|createInputBox|setStatusBarMessage|withProgress)\b|\bMarkdownString\b|\bnew vscode\.TreeItem\((?!inert\()|\bisTrusted\b|\bsupportHtml\b|\bsupportThemeIcons\b/;
    const found = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').map((line, at) => `${name}:${at + 1}: ${line.trim()}`).filter((line) => past.test(line)));
    assert.deepEqual(found, []);
    // Of what the door itself shows, only the buttons are not made inert: they are ours.
    const shown = readFileSync(join(folder, 'show.ts'), 'utf8').split('\n').filter((line) => /vscode\.window\.(show|set)/.test(line));
    assert.deepEqual(shown.filter((line) => !/inert(In)?\(/.test(line)), []);
  },

  async 'the agents of this VS Code are offered tgp for the folder, and it answers them'({ server, mcp }) {
    const [definition] = mcp();
    assert.equal(definition.command, server.binary);
    assert.deepEqual(definition.args, ['--root', root(), 'mcp']);
    const hello = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'host', version: '1' } } };
    const said = execFileSync(definition.command, definition.args, { cwd: definition.cwd.fsPath, input: `${JSON.stringify(hello)}\n`, encoding: 'utf8' });
    assert.equal(JSON.parse(said.split('\n')[0]).id, 1);
  },

  async 'a refusal carries its code'({ server }) {
    await assert.rejects(server.request('tgp/branches/show', { branch: 'agent/nobody/nothing-1' }), ({ refusal }) => refusal.code === 'branch.missing');
  },

  async 'a request with parameters that do not fit is refused and the server lives on'({ server }) {
    await assert.rejects(server.request('tgp/branches/show', { branch: 7 }));
    await assert.rejects(server.request('tgp/timeline/list', { limit: 'many' }));
    assert.equal((await server.request('tgp/status', {})).protocol, 1);
  },

  async 'a document of a commit is what git has, and nobody writes it'({ branch }) {
    const tip = git('rev-parse', branch);
    const uri = address('src/login.ts', { of: 'commit', commit: tip, repository: 'project' });
    assert.equal(await text(uri), `${git('show', `${tip}:src/login.ts`)}\n`);
    await assert.rejects(async () => vscode.workspace.fs.writeFile(uri, new Uint8Array()));
    await assert.rejects(async () => vscode.workspace.fs.delete(uri));
  },

  async 'a file the commit does not have is not found, and an address that is none is refused'({ branch }) {
    const commit = git('rev-parse', branch);
    await assert.rejects(text(address('src/nowhere.ts', { of: 'commit', commit, repository: 'project' })), /not ?found/i);
    await assert.rejects(text(vscode.Uri.from({ scheme: 'tgp', path: '/x', query: '{' })), /not ?found/i);
    await assert.rejects(text(address('src/login.ts', { of: 'commit', commit: '0'.repeat(40), repository: 'project' })));
  },

  async 'a branch that is gone while its diff is open keeps its texts, and its merge is refused by name'({ server, branch }) {
    await vscode.commands.executeCommand('tgp.branch.review', { value: { name: branch } });
    const tab = await until('the review', () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ label }) => label.startsWith(`Branch ${branch}`)));
    assert.ok(tab.isActive);
    const tip = git('rev-parse', branch);
    git('update-ref', '-d', `refs/heads/${branch}`);
    await assert.rejects(server.request('tgp/branches/merge', { branch, dry_run: true }), ({ refusal }) => refusal.code === 'branch.missing');
    assert.match(await text(address('src/login.ts', { of: 'commit', commit: tip, repository: 'project' })), /login/);
    git('update-ref', `refs/heads/${branch}`, tip);
  },

  async 'a scope with a mistake is marked at its line, and a draft is not in force'({ server }) {
    const uri = vscode.Uri.from({ scheme: 'tgp-scope', path: '/coder.yaml' });
    const document = await vscode.workspace.openTextDocument(uri);
    const before = (await server.request('tgp/scopes/show', { agent: 'coder' })).text;
    const edit = new vscode.WorkspaceEdit();
    edit.insert(uri, new vscode.Position(0, 0), 'nonsense: 1\n');
    await vscode.workspace.applyEdit(edit);
    const [mistake] = await until('the mark', () => { const found = vscode.languages.getDiagnostics(uri); return found.length > 0 && found; });
    assert.equal(mistake.range.start.line, 0);
    assert.match(mistake.message, /nonsense/);
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(document.getText()));
    assert.equal((await server.request('tgp/scopes/show', { agent: 'coder' })).text, before);
  },

  async 'a database that a long write holds freezes nothing, and what waits for it is done afterwards'({ server }) {
    const { DatabaseSync } = require('node:sqlite');
    const state = new DatabaseSync(`${root()}/.tgp/state/tgp.db`);
    state.exec('BEGIN IMMEDIATE');
    try {
      const begun = Date.now();
      let done = false;
      const taken = server.request('tgp/snapshots/create', { reason: 'behind a lock' }).finally(() => { done = true; });
      for (const method of ['tgp/branches/list', 'tgp/approvals/list', 'tgp/status']) await server.request(method, {});
      assert.ok(Date.now() - begun < 2000, `the lists took ${Date.now() - begun} ms`);
      assert.equal(done, false);
      state.exec('ROLLBACK');
      assert.equal((await taken).snapshot.reason, 'behind a lock');
    } finally {
      state.close();
    }
  },

  async 'of ten thousand actions a page is loaded, and each page is quick'({ server }) {
    const seen = new Set();
    let before;
    let slowest = 0;
    for (let page = 0; page < 200; page += 1) {
      const begun = performance.now();
      const { actions, more } = await server.request('tgp/timeline/list', { limit: 50, ...(before ? { before } : {}) });
      slowest = Math.max(slowest, performance.now() - begun);
      assert.ok(actions.length <= 50);
      for (const { id } of actions) seen.add(id);
      if (!more) break;
      before = actions[0].id;
    }
    assert.ok(seen.size >= 10_000, `${seen.size} actions`);
    assert.ok(slowest < 1000, `the slowest page took ${slowest} ms`);
    say(`# 200 pages of 50 actions, the slowest ${slowest.toFixed(1)} ms`);
  },

  async 'what another process did is told without being asked'({ server }) {
    const told = new Promise((resolve) => { const stop = server.onChange((changed) => { if (changed !== 'all' && changed.has('snapshots')) { stop.dispose(); resolve(true); } }); });
    execFileSync(server.binary, ['snapshot', 'create', 'from elsewhere'], { cwd: root() });
    assert.ok(await Promise.race([told, new Promise((resolve) => setTimeout(resolve, 10_000))]));
  },
};

exports.run = async () => {
  const extension = vscode.extensions.getExtension('tgp.tgp');
  const { server, mcp } = await extension.activate();
  await until('the server', () => server.state === 'ready');
  const branch = git('for-each-ref', '--format=%(refname:short)', 'refs/heads/agent');
  let failed = 0;
  for (const [name, work] of Object.entries(tests)) {
    try {
      await work({ extension, server, mcp, branch });
      say(`test ${name} ... ok`);
    } catch (error) {
      failed += 1;
      say(`test ${name} ... FAILED\n${error.stack}`);
    }
  }
  say(`test result: ${failed === 0 ? 'ok' : 'FAILED'}. ${Object.keys(tests).length - failed} passed; ${failed} failed; 0 ignored`);
  if (failed > 0) throw new Error(`${failed} failed`);
};
