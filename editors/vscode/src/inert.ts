// Makes text that others wrote harmless and whole to see: where VS Code shows a text it may run what stands in it.

/** Signs that are not seen, or turn around how a line reads: control characters, marks of direction, and what has no width. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** The text with each sign in it to see, and nothing in it to click: `](` would be a link to a command, `$(` an icon. */
export function inert(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(UNSEEN, named)
    .replace(/\]\(/g, '] (')
    .replace(/\$\(/g, '$ (');
}

const named = (sign: string): string => `<U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;

/** A text of others as a part of one line: the end of a line would begin one that looks like ours. */
export function line(text: string): string {
  return text.replace(/\r\n|[\n\r\u000b\u000c\u0085\u2028\u2029]/g, (end) => named(end.at(-1) ?? end));
}

/** Quotation marks and signs that look like them, and the sign that stands between two quotations. */
const MARKS = /[“”„‟″‶〝〞〟＂«»‹›❝❞⏎↵\u02ba\u02dd\u02ee\u05f4\u2760\u2e42\u3003\u{1f676}-\u{1f678}]/gu;

/** Lines of others in one line: each in quotation marks that nothing in it can end, so that all outside of them is ours. */
export function quoted(lines: readonly string[]): string {
  return lines.map((one) => `“${line(one).replace(MARKS, named).replace(/"/g, '\\"')}”`).join(' ⏎ ');
}

/** Lines of others below each other, each marked as theirs. */
export function marked(text: string): string {
  return text.trimEnd().split(/\r?\n/).map((one) => `> ${line(one)}`).join('\n');
}

/** An object with every text of it inert that VS Code shows; what commands are handed stays as it is. */
export function inertIn<T extends object>(shown: T, ...names: (keyof T)[]): T {
  const safe = { ...shown };
  for (const name of names) {
    const text = safe[name];
    if (typeof text === 'string') safe[name] = inert(text) as T[typeof name];
  }
  return safe;
}
