// The form of a scope inside its webview: one box a list, one glob a line.
import type { FromScopeForm, ToScopeForm } from '../scope_editor';
import { form, host, make } from './dom';

const say = (message: FromScopeForm): void => host.postMessage(message);
const boxes: HTMLTextAreaElement[] = [];
const mistake = make('p', { class: 'failure', role: 'alert', hidden: true });

function lines(box: HTMLTextAreaElement): string[] {
  return box.value.split('\n').map((line) => line.trim()).filter((line) => line !== '');
}

function build(told: ToScopeForm): void {
  const rows = told.fields.map(({ label, hint }, index) => {
    const id = `list-${index}`;
    const box = make('textarea', { id, rows: '2', spellcheck: 'false', 'aria-describedby': `${id}-about` });
    box.addEventListener('input', () => say({ kind: 'list', field: index, values: lines(box) }));
    boxes.push(box);
    return make('div', { class: 'field' }, make('label', { for: id }, label), make('p', { id: `${id}-about`, class: 'about' }, hint), box);
  });
  const set = make('button', { type: 'button' }, 'Put in force');
  set.addEventListener('click', () => say({ kind: 'set' }));
  form().replaceChildren(make('h1', {}, `What ${told.agent} may do`), mistake, ...rows, set);
}

window.addEventListener('message', ({ data }: MessageEvent<ToScopeForm>) => {
  if (boxes.length === 0) build(data);
  mistake.hidden = data.mistake === undefined;
  mistake.textContent = data.mistake ? `The YAML has a mistake; mend it there first: ${data.mistake}` : '';
  boxes.forEach((box, index) => {
    const values = data.fields[index]?.values ?? [];
    box.disabled = data.mistake !== undefined;
    box.rows = Math.max(2, values.length);
    // What one types is not written over with the same list, so the cursor stays.
    if (lines(box).join('\n') !== values.join('\n')) box.value = values.join('\n');
  });
});
say({ kind: 'ready' });
