// A story with its stage: what was opened is closed, however it ends.
import { Report } from './report.mjs';
import { Agent, Stage } from './stage.mjs';
import { Window } from './window.mjs';

// Plays a story on a project that is set up. `open` opens VS Code on it, `start` an agent; a story that fails leaves a picture.
// `settings` are more lines of `tgp.config.ts`.
export async function suite(story, settings = '') {
  const stage = new Stage();
  const report = new Report();
  const windows = [];
  const agents = [];
  const open = async (editor = {}) => {
    const { TGP_CODE_SERVER: codeServer, TGP_VSIX: vsix, TGP_SHOTS: shots } = process.env;
    windows.push(await Window.open(stage, { codeServer, vsix, shots, settings: editor }));
    return windows.at(-1);
  };
  const start = async () => {
    agents.push(await Agent.start(stage));
    return agents.at(-1);
  };
  try {
    stage.setUp(settings);
    await story({ report, stage, open, start });
  } catch (error) {
    // What fails between two steps is a failure as well.
    if (report.failed === 0) await report.step('the story between its steps', () => { throw error; }).catch(() => undefined);
    await windows.at(-1)?.shot('failed').catch(() => undefined);
  } finally {
    for (const agent of agents) await agent.end();
    for (const window of windows) await window.close();
    stage.clear();
    report.end();
  }
}
