// Makes text that others wrote harmless and whole to see: where VS Code shows a text it may run what stands in it.

/** Signs that are not seen, or turn around how a line reads: control characters, marks of direction, and what has no width. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** The text with each sign in it to see, and nothing in it to click: `](` would be a link to a command, `$(` an icon. */
export function inert(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(UNSEEN, (sign) => `<U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`)
    .replace(/\]\(/g, '] (')
    .replace(/\$\(/g, '$ (');
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
