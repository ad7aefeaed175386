// Asks the policy what it would decide, about an action nobody does.
import * as vscode from 'vscode';
import { attempt } from './say';
import type { Server } from './server';
import { ask, pickName } from './show';

export async function explain(server: Server): Promise<void> {
  await attempt('Explaining the policy', async () => {
    const { scopes } = await server.request('tgp/scopes/list', {});
    const agent = await pickName(scopes.map((scope) => scope.agent), 'Which agent?');
    if (!agent) return;
    const capability = await ask({ title: `What would ${agent} do?`, prompt: 'A capability, such as fs.write', value: 'fs.write' });
    if (!capability) return;
    const path = await ask({ title: `${agent}: ${capability}`, prompt: 'Which file? Empty where it is about none.' });
    if (path === undefined) return;
    const said = await server.request('tgp/policy/explain', { agent, capability, ...(path === '' ? {} : { paths: [path] }) });
    const document = await vscode.workspace.openTextDocument({ language: 'json', content: `${JSON.stringify(said, undefined, 2)}\n` });
    await vscode.window.showTextDocument(document, { preview: true });
  });
}
