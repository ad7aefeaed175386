// The one door to what VS Code shows beside documents: messages, questions, lists to pick from, tooltips. Agents write a part
// of these texts, and VS Code makes links of `[text](command:...)` in them; so nothing goes past here that is not inert.
import * as vscode from 'vscode';
import { inert, inertIn } from './inert';

/** Says something; the answer is the button that was pressed. */
export function inform(text: string, ...buttons: string[]): Thenable<string | undefined> {
  return vscode.window.showInformationMessage(inert(text), ...buttons);
}

/** Says what needs attention. */
export function warn(text: string, ...buttons: string[]): Thenable<string | undefined> {
  return vscode.window.showWarningMessage(inert(text), ...buttons);
}

/** Says what went wrong. */
export function fail(text: string, ...buttons: string[]): Thenable<string | undefined> {
  return vscode.window.showErrorMessage(inert(text), ...buttons);
}

/** Asks before something is done, in the middle of the window. */
export function sure(question: string, detail: string, ...buttons: string[]): Thenable<string | undefined> {
  return vscode.window.showWarningMessage(inert(question), { modal: true, detail: inert(detail) }, ...buttons);
}

/** Lets the person pick one; the answer is what was given, not what was shown. */
export async function pick<T extends vscode.QuickPickItem>(given: readonly T[], options: vscode.QuickPickOptions): Promise<T | undefined> {
  const items = given.map((one) => ({ ...inertIn<vscode.QuickPickItem>(one, 'label', 'description', 'detail'), one }));
  return (await vscode.window.showQuickPick(items, inertIn(options, 'title', 'placeHolder')))?.one;
}

/** Lets the person pick one of some names. */
export async function pickName(names: readonly string[], title: string): Promise<string | undefined> {
  return (await pick(names.map((name) => ({ label: name, name })), { title }))?.name;
}

/** Asks for a line of text. */
export function ask(options: vscode.InputBoxOptions): Thenable<string | undefined> {
  return vscode.window.showInputBox(inertIn(options, 'title', 'prompt', 'placeHolder'));
}

/** Says something in the status bar for a moment. */
export function brief(text: string): void {
  vscode.window.setStatusBarMessage(inert(text), 5000);
}

/** Shows that something takes its time, with a button that cancels it. */
export function progress(title: string, work: (token: vscode.CancellationToken) => Promise<void>): void {
  const options = { location: vscode.ProgressLocation.Notification, title: inert(title), cancellable: true };
  void vscode.window.withProgress(options, (_, token) => work(token));
}

/** A tooltip: a bold title, facts below it, and code. Nothing in it is trusted, and no text of others is markup. */
export function tooltip(title: string, facts: (string | undefined | false)[], code?: { text: string; language: string }): vscode.MarkdownString {
  const shown = new vscode.MarkdownString().appendMarkdown('**').appendText(inert(title)).appendMarkdown('**');
  for (const fact of facts) if (fact) shown.appendMarkdown('\n\n').appendText(inert(fact));
  // A fence within the code would end the block.
  if (code) shown.appendCodeblock(inert(code.text).replace(/```/g, '` ` `').replace(/~~~/g, '~ ~ ~'), code.language);
  return shown;
}
