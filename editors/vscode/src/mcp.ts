// Offers `tgp mcp` to VS Code's own agents, where this VS Code is new enough to take it.
import * as vscode from 'vscode';
import type { Server } from './server';

/** What newer versions have, and the one we compile against does not. */
interface Newer {
  lm: { registerMcpServerDefinitionProvider?: (id: string, provider: object) => vscode.Disposable };
  McpStdioServerDefinition?: new (label: string, command: string, args: string[], env: Record<string, string>, version?: string) => { cwd?: vscode.Uri };
}

/** What VS Code's agents would start; nothing where there is no project, or this VS Code is too old. */
export function definitions(server: Server): object[] {
  const Definition = (vscode as unknown as Newer).McpStdioServerDefinition;
  const project = server.status?.project;
  if (!Definition || server.state !== 'ready' || !project) return [];
  const definition = new Definition('tgp', server.binary, ['--root', project, 'mcp'], {}, server.status?.version);
  definition.cwd = vscode.Uri.file(project);
  return [definition];
}

export function offerToCopilot(context: vscode.ExtensionContext, server: Server): void {
  const newer = vscode as unknown as Newer;
  if (!newer.lm?.registerMcpServerDefinitionProvider || !newer.McpStdioServerDefinition) return;
  const changed = new vscode.EventEmitter<void>();
  context.subscriptions.push(
    changed,
    server.onState(() => changed.fire()),
    newer.lm.registerMcpServerDefinitionProvider('tgp.mcp', {
      onDidChangeMcpServerDefinitions: changed.event,
      provideMcpServerDefinitions: () => definitions(server),
    }),
  );
}
