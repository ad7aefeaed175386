// Makes elements; text is always set as text, so nothing a tool or a file says becomes markup.

type Attributes = Record<string, string | boolean | undefined>;

export function make<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (typeof value === 'string') element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function form(): HTMLElement {
  return document.getElementById('form') ?? document.body;
}

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };
export const host = acquireVsCodeApi();
