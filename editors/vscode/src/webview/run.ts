// The form of a tool inside its webview: fields from the schema, a table or a tree from the result.
import type { FromForm, ToForm } from '../run_form';
import type { Schema } from '../schema';
import { form, host, make } from './dom';

type Read = () => unknown;
const say = (message: FromForm): void => host.postMessage(message);

/** A value that could not be read from its field. */
class Unreadable extends Error {}

function kind(schema: Schema): string {
  const types = [schema.type ?? (schema.anyOf ?? schema.oneOf ?? []).map((one) => one.type ?? 'null')].flat(2);
  return types.find((type) => type !== 'null') ?? 'json';
}

function field(name: string, schema: Schema, required: boolean, given: unknown): { row: HTMLElement; read: Read } {
  const id = `field-${name}`;
  const start = given ?? schema.default;
  const described = schema.description ? `${id}-about` : undefined;
  const shared = { id, name, required, 'aria-describedby': described };
  let control: HTMLElement;
  let read: Read;
  if (schema.enum) {
    const choices = schema.enum.map((value) => make('option', { value: JSON.stringify(value), selected: value === start }, String(value)));
    const select = make('select', shared, ...(required ? [] : [make('option', { value: '' }, '')]), ...choices);
    control = select;
    read = () => (select.value === '' ? undefined : JSON.parse(select.value));
  } else if (kind(schema) === 'boolean') {
    const box = make('input', { ...shared, required: false, type: 'checkbox' });
    box.checked = start === true;
    control = box;
    read = () => box.checked;
  } else if (kind(schema) === 'number' || kind(schema) === 'integer') {
    const number = make('input', { ...shared, type: 'number', step: kind(schema) === 'integer' ? '1' : 'any' });
    number.value = start === undefined ? '' : String(start);
    control = number;
    read = () => (number.value === '' ? undefined : Number(number.value));
  } else if (kind(schema) === 'string') {
    const text = make('input', { ...shared, type: 'text' });
    text.value = start === undefined ? '' : String(start);
    control = text;
    read = () => (text.value === '' && !required ? undefined : text.value);
  } else {
    const json = make('textarea', { ...shared, rows: '4', spellcheck: 'false', placeholder: kind(schema) === 'array' ? '[]' : '{}' });
    json.value = start === undefined ? '' : JSON.stringify(start, undefined, 2);
    control = json;
    read = () => {
      if (json.value.trim() === '') return undefined;
      try {
        return JSON.parse(json.value);
      } catch (error) {
        throw new Unreadable(`${name} is no JSON: ${error instanceof Error ? error.message : ''}`);
      }
    };
  }
  const label = make('label', { for: id }, name, ...(required ? [make('span', { class: 'required', title: 'required' }, ' *')] : []));
  const about = schema.description ? [make('p', { id: described, class: 'about' }, schema.description)] : [];
  return { row: make('div', { class: 'field' }, label, ...about, control), read };
}

function show(tool: Extract<ToForm, { kind: 'tool' }>): void {
  const properties = Object.entries(tool.schema?.properties ?? {});
  const required = new Set(tool.schema?.required ?? []);
  const fields = properties.map(([name, schema]) => ({ name, ...field(name, schema, required.has(name), tool.args?.[name]) }));
  const button = make('button', { type: 'submit' }, 'Run');
  const output = make('section', { id: 'output', 'aria-live': 'polite', 'aria-label': 'Result' });
  const body = make('form', {}, ...fields.map(({ row }) => row), button);
  body.addEventListener('submit', (event) => {
    event.preventDefault();
    try {
      const read = fields.map(({ name, read: value }) => [name, value()] as const).filter(([, value]) => value !== undefined);
      button.disabled = true;
      const cancel = make('button', { type: 'button', class: 'secondary' }, 'Cancel');
      cancel.addEventListener('click', () => say({ kind: 'cancel' }));
      output.replaceChildren(make('p', {}, 'Running... ', cancel));
      say({ kind: 'run', args: Object.fromEntries(read) });
    } catch (error) {
      output.replaceChildren(failure(error instanceof Error ? error.message : String(error), undefined));
    }
  });
  const nothing = fields.length === 0 ? [make('p', { class: 'about' }, 'It takes no arguments.')] : [];
  form().replaceChildren(make('h1', {}, tool.path), make('p', {}, tool.description), ...nothing, body, output);
  if (tool.run) body.requestSubmit();
  (body.querySelector('input, select, textarea, button') as HTMLElement | null)?.focus();
}

function failure(message: string, hint: string | undefined): HTMLElement {
  return make('div', { class: 'failure', role: 'alert' }, make('p', {}, message), ...(hint ? [make('p', { class: 'about' }, hint)] : []));
}

const plain = (value: unknown): boolean => value === null || typeof value !== 'object';
const isRow = (value: unknown): value is Record<string, unknown> => !plain(value) && !Array.isArray(value);

/** Rows of objects become a table; everything else a tree. */
function result(value: unknown): HTMLElement {
  if (Array.isArray(value) && value.length > 0 && value.every(isRow)) {
    const columns = [...new Set(value.flatMap((row) => Object.keys(row)))];
    const head = make('tr', {}, ...columns.map((name) => make('th', { scope: 'col' }, name)));
    const rows = value.slice(0, 1000).map((row) => make('tr', {}, ...columns.map((name) => cell(row[name]))));
    const more = value.length > 1000 ? [make('p', { class: 'about' }, `The first 1000 of ${value.length} rows.`)] : [];
    return make('div', {}, make('table', {}, make('thead', {}, head), make('tbody', {}, ...rows)), ...more);
  }
  return tree('result', value, true);
}

function cell(value: unknown): HTMLElement {
  const text = value === undefined ? '' : plain(value) ? String(value) : JSON.stringify(value);
  return make('td', { class: typeof value === 'number' ? 'number' : undefined }, text);
}

function tree(name: string, value: unknown, open = false): HTMLElement {
  if (plain(value)) return make('div', { class: 'leaf' }, make('span', { class: 'name' }, `${name}: `), make('code', {}, JSON.stringify(value) ?? 'undefined'));
  const entries = Object.entries(value as object);
  const size = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  const inside = make('details', { open }, make('summary', {}, make('span', { class: 'name' }, name), ` ${size}`));
  inside.append(...entries.slice(0, 1000).map(([key, child]) => tree(key, child)));
  return inside;
}

window.addEventListener('message', ({ data }: MessageEvent<ToForm>) => {
  if (data.kind === 'tool') return show(data);
  const output = document.getElementById('output');
  const button = document.querySelector<HTMLButtonElement>('button[type=submit]');
  if (button) button.disabled = false;
  if (data.kind === 'failed') return output?.replaceChildren(failure(data.message, data.hint));
  const { result: run } = data;
  const figures = `${run.duration_ms.toFixed(1)} ms, ${run.fuel.toLocaleString()} fuel, seed ${run.seed}`;
  const logs = (run.logs ?? []).map((line) => make('li', { class: line.level }, `${line.level}: ${line.text}`));
  output?.replaceChildren(result(run.result), make('p', { class: 'about' }, figures), ...(logs.length > 0 ? [make('ul', { class: 'logs' }, ...logs)] : []));
});
say({ kind: 'ready' });
