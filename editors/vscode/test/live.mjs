// How soon a person sees what an agent does: from the answer the agent gets to the row on the screen of the real workbench.
import assert from 'node:assert/strict';
import { suite } from './suite.mjs';

/** So many writes are measured each way. */
const WRITES = 60;

await suite(async ({ report, stage, open, start }) => {
  const window = await open();
  const agent = await start();
  await window.container();
  await agent.call('start_task', { description: 'Measure moments' });
  await agent.call('write_file', { path: 'src/first.md', content: '# First\n' });
  await window.row('Timeline', 'src/first.md').waitFor();
  await window.noteRows();

  // Writes files, each `pause` milliseconds after the one before was answered; says how long each took to be drawn.
  const measure = async (folder, pause) => {
    const answered = [];
    for (let number = 0; number < WRITES; number += 1) {
      await agent.call('write_file', { path: `src/${folder}/${number}.md`, content: `${number}\n` });
      answered.push(Date.now());
      // An agent thinks between two writes, and never equally long.
      if (pause) await new Promise((resolve) => setTimeout(resolve, pause + ((number * 37) % 100)));
    }
    await window.row('Timeline', `src/${folder}/${WRITES - 1}.md`).waitFor();
    // A row that scrolled away before it was drawn is seen when one that came later is.
    const times = new Array(WRITES).fill(Infinity);
    for (const [label, at] of await window.drawn()) {
      const number = new RegExp(`src/${folder}/(\\d+)\\.md`).exec(label)?.[1];
      if (number) times[number] = Math.min(times[number], at);
    }
    for (let number = WRITES - 2; number >= 0; number -= 1) times[number] = Math.min(times[number], times[number + 1]);
    const waited = answered.map((at, number) => Math.max(0, times[number] - at));
    waited.sort((a, b) => a - b);
    const of = (part) => waited[Math.min(WRITES - 1, Math.floor(WRITES * part))];
    console.log(`# ${folder}: ${WRITES} writes, from the answer to the agent to the row on the screen: p50 ${of(0.5)} ms, p90 ${of(0.9)} ms, p99 ${of(0.99)} ms`);
    return waited;
  };

  await report.step('what an agent does with pauses is on the screen moments later', async () => {
    const waited = await measure('thoughtful', 300);
    assert.ok(waited[WRITES / 2] < 1000, `half of them took over ${waited[WRITES / 2]} ms`);
  });
  await report.step('an agent that does not pause is seen all the same: no view waits for the end of its haste', async () => {
    const waited = await measure('hasty', 0);
    assert.ok(waited[WRITES / 2] < 2000, `half of them took over ${waited[WRITES / 2]} ms`);
    assert.equal(stage.git('ls-tree', '-r', '--name-only', stage.branch('measure-moments')).split('\n').filter((path) => path.includes('hasty')).length, WRITES);
  });
});
