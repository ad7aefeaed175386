// `tgp init` in the folder that is open.
import { execFile } from 'node:child_process';
import * as vscode from 'vscode';
import { attempt, busily } from './say';
import type { Server } from './server';
import { fail, inform } from './show';

export async function initialise(server: Server): Promise<void> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const folder = folders.length > 1 ? await vscode.window.showWorkspaceFolderPick({ placeHolder: 'Set up tgp in which folder?' }) : folders[0];
  if (!folder) return void fail('Open a folder first: tgp is set up in a folder.');
  if (server.binary === '') return server.start();
  await attempt('Setting up tgp', async () => {
    await busily('setting up', (token) => run(server.binary, folder.uri.fsPath, token));
    await server.start();
    void inform('tgp is set up here: the settings are in tgp.config.ts.', 'Open the settings').then((chosen) => {
      if (chosen) void vscode.window.showTextDocument(vscode.Uri.joinPath(folder.uri, 'tgp.config.ts'));
    });
  });
}

function run(program: string, folder: string, token: vscode.CancellationToken): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, ['--root', folder, 'init', '--json'], { cwd: folder, timeout: 120_000 }, (error, stdout, stderr) => {
      if (!error) return resolve();
      if (token.isCancellationRequested) return reject(new vscode.CancellationError());
      return reject(new Error(refusal(stdout) ?? (stderr.trim() || error.message)));
    });
    token.onCancellationRequested(() => child.kill());
  });
}

function refusal(stdout: string): string | undefined {
  try {
    return (JSON.parse(stdout) as { error?: { message?: string } }).error?.message;
  } catch {
    return undefined;
  }
}
