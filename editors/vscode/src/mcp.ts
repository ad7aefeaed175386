// Offers `tgp mcp` to VS Code's own agents, where this VS Code is new enough to take it.
import * as vscode from 'vscode';
import type { Server } from './server';

/** What newer versions have, and the one we compile against does not. */
interface Newer {
  lm: { registerMcpServerDefinitionProvider?: (id: string, provider: object) => vscode.Disposable };
  McpStdioServerDefinition?: new (label: string, command: string, args: string[], env: Record<string, string>, version?: string) => { cwd?: vscode.Uri };
}

export function offerToCopilot(context: vscode.ExtensionContext, server: Server): void {
  const newer = vscode as unknown as Newer;
  const Definition = newer.McpStdioServerDefinition;
  if (!newer.lm?.registerMcpServerDefinitionProvider || !Definition) return;
  const changed = new vscode.EventEmitter<void>();
  context.subscriptions.push(
    changed,
    server.onState(() => changed.fire()),
    newer.lm.registerMcpServerDefinitionProvider('tgp.mcp', {
      onDidChangeMcpServerDefinitions: changed.event,
      provideMcpServerDefinitions: () => {
        const project = server.status?.project;
        if (server.state !== 'ready' || !project) return [];
        const definition = new Definition('tgp', server.binary, ['--root', project, 'mcp'], {}, server.status?.version);
        definition.cwd = vscode.Uri.file(project);
        return [definition];
      },
    }),
  );
}
