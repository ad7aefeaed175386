// Words for people: failures with their hint, ages, files in a sentence.
import * as vscode from 'vscode';
import { line } from './inert';
import type { ChangedFile } from './protocol';
import { Refused } from './server';
import { fail, progress } from './show';

/** Runs what a person asked for; a refusal is shown with what to do. */
export async function attempt<T>(doing: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof vscode.CancellationError) return undefined;
    const hint = error instanceof Refused && error.refusal.hint ? ` ${sentence(error.refusal.hint)}` : '';
    void fail(`${doing}: ${sentence(error instanceof Error ? error.message : String(error))}${hint}`);
    return undefined;
  }
}

/** So long something may take before it is shown as such, with a button that cancels it. */
const MOMENT = 1000;

/** Does what may take long: what is not done in a moment gets a notification that can cancel it. */
export async function busily<T>(title: string, work: (token: vscode.CancellationToken) => Promise<T>): Promise<T> {
  const cancel = new vscode.CancellationTokenSource();
  const done = work(cancel.token);
  const timer = setTimeout(() => {
    progress(`tgp: ${title}`, async (token) => {
      token.onCancellationRequested(() => cancel.cancel());
      await done.catch(() => undefined);
    });
  }, MOMENT);
  try {
    return await done;
  } finally {
    clearTimeout(timer);
    cancel.dispose();
  }
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** How long ago it was, as one says it. */
export function ago(time: string | number | undefined, now = Date.now()): string {
  if (time === undefined) return '';
  const seconds = Math.max(0, (now - new Date(time).getTime()) / 1000);
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${count(Math.floor(seconds / 3600), 'hour')} ago`;
  return `${count(Math.floor(seconds / 86_400), 'day')} ago`;
}

export function clock(time: number | string): string {
  return new Date(time).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });
}

/** The name of the day something was on. */
export function day(time: number, now = Date.now()): string {
  const begin = (at: number): number => new Date(at).setHours(0, 0, 0, 0);
  const days = Math.round((begin(now) - begin(time)) / 86_400_000);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return new Date(time).toLocaleDateString(undefined, { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' });
}

/** Files with what becomes of each, the first of many. */
export function files(changed: Pick<ChangedFile, 'path' | 'how'>[], most = 12): string {
  const lines = changed.slice(0, most).map((file) => `${file.how} ${line(file.path)}`);
  if (changed.length > most) lines.push(`and ${count(changed.length - most, 'more file')}`);
  return lines.join('\n');
}

/** The lines that differ between two short texts, with `-` and `+`. */
export function difference(before: string, after: string): string[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  // Lengths of the longest common rests.
  const common = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = common[i];
      if (row) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: string[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) { i += 1; j += 1; }
    else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) { lines.push(`- ${a[i]}`); i += 1; }
    else { lines.push(`+ ${b[j]}`); j += 1; }
  }
  return lines;
}
