// The stage of the demo: a temporary folder with a project, a bare Git remote, and room for the next agent.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Runs a program to its end; anything but success ends the demo with the program's own words.
function run(folder, program, ...words) {
  const ended = spawnSync(program, words, { cwd: folder, encoding: 'utf8' });
  if (ended.status !== 0) throw new Error(`${program} ${words.join(' ')}: ${ended.error ?? ''}${ended.stdout}${ended.stderr}`);
  return ended.stdout;
}

export class Stage {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'tgp-demo-'));
    this.remote = join(this.folder, 'bare-repo.git');
    this.project = join(this.folder, 'shop');
    this.next = join(this.folder, 'next-agent');
    process.env.TGP_STATE_DIR = join(this.folder, 'state');
    mkdirSync(this.project);
    mkdirSync(this.next);
    run(this.folder, 'git', 'init', '--quiet', '--bare', '--initial-branch=main', this.remote);
  }

  tgp(folder, ...words) {
    return run(folder, process.env.TGP_BIN, ...words);
  }

  // What a person adds to the configuration: which database, which folders tools may write to.
  configure() {
    const settings = `import { defineTGPConfig } from '@tgp/core';

export default defineTGPConfig({
  git: { repo: '${this.remote}', branch: 'main' },
  fs: { allowedDirs: ['./exports'] },
  database: 'sqlite:shop.db',
});
`;
    writeFileSync(join(this.project, 'tgp.config.ts'), settings);
    writeFileSync(join(this.project, 'shop.db'), '');
    // Nobody sits at a terminal here to answer `tgp trust`; a deployment names the hash of what it trusts.
    process.env.TGP_TRUST = JSON.parse(this.tgp(this.project, 'trust', '--show', '--json')).hash;
  }

  // How many actions ended how. Reads and failures are written in groups, so it looks until they are there.
  async timeline(complete) {
    const deadline = Date.now() + 5000;
    for (;;) {
      const { actions } = JSON.parse(this.tgp(this.project, 'log', '--limit', '1000', '--json'));
      const counts = { executed: 0, failed: 0, denied: 0 };
      for (const { status } of actions) counts[status] = (counts[status] ?? 0) + 1;
      if (complete(counts)) return counts;
      if (Date.now() > deadline) throw new Error(`the timeline is incomplete: ${JSON.stringify(counts)}`);
    }
  }

  cloneElsewhere() {
    run(this.folder, 'git', 'clone', '--quiet', this.remote, 'clone');
    return join(this.folder, 'clone');
  }

  clear() {
    rmSync(this.folder, { recursive: true });
  }
}
