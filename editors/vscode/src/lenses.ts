// What the server writes above a tool (run, run again, check, used by), led to what this editor has for it.
import type * as vscode from 'vscode';
import { inertIn } from './inert';

/** The commands of this extension a lens may lead to. */
const OURS: ReadonlySet<string> = new Set(['tgp.tool.run', 'tgp.tool.check', 'tgp.showReferences']);

interface Place { uri: string; range: { start: At; end: At } }
interface At { line: number; character: number }

/** The server names its requests; here a run opens the form, and places open in the peek view. */
export function led(lens: vscode.CodeLens): vscode.CodeLens[] {
  if (!lens.command) return [lens];
  lens.command = inertIn(lens.command, 'title', 'tooltip');
  const [first] = (lens.command.arguments ?? []) as { path?: string; args?: Record<string, unknown> }[];
  if (lens.command.command === 'tgp.tools.run' && first) lens.command = { ...lens.command, command: 'tgp.tool.run', arguments: [{ value: { path: first.path }, args: first.args }] };
  if (lens.command.command === 'tgp.tools.check' && first) lens.command = { ...lens.command, command: 'tgp.tool.check', arguments: [{ value: { path: first.path } }] };
  // What leads nowhere is not shown: the server's commands are none of this editor's.
  return OURS.has(lens.command.command) ? [lens] : [];
}

/** Shows places in the peek view; they come in the protocol's words. */
export async function showReferences(code: typeof vscode, uri: string, at: At, places: Place[]): Promise<void> {
  const position = ({ line, character }: At): vscode.Position => new code.Position(line, character);
  const found = places.map((place) => new code.Location(code.Uri.parse(place.uri), new code.Range(position(place.range.start), position(place.range.end))));
  await code.commands.executeCommand('editor.action.showReferences', code.Uri.parse(uri), position(at), found);
}
