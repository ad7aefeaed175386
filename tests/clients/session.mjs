// What every JavaScript client does with tgp; each hands in its own way to list and to call.
import assert from 'node:assert/strict';

export const FIB = `/** Number at place \`n\` of the Fibonacci sequence. */
export default function fib({ n }: { n: number }): number {
  return n < 2 ? n : fib({ n: n - 1 }) + fib({ n: n - 2 });
}
`;
const BROKEN = FIB.replace('n < 2', 'm < 2');
export const NAMES = [
  'approval_status', 'check_tool', 'delegate', 'delete_file', 'diff_task', 'exec_sql', 'exec_tool', 'find_tool', 'finish_task', 'list_actions', 'list_files',
  'list_tasks', 'merge_branch', 'move_file', 'outline', 'patch_file', 'read_file', 'save_note', 'search', 'start_task', 'undo_action', 'write_file',
];

export async function play({ list, call }) {
  assert.deepEqual((await list()).map((tool) => tool.name).sort(), NAMES);
  const done = async (name, args) => {
    const answer = await call(name, args);
    assert.ok(!answer.isError, JSON.stringify(answer));
    return answer.structuredContent;
  };
  const refused = async (name, args) => {
    const answer = await call(name, args);
    assert.equal(answer.isError, true, JSON.stringify(answer));
    return answer.structuredContent;
  };
  const path = 'tools/math/fib.ts';
  assert.equal((await done('write_file', { path, content: BROKEN })).created, true);
  const failed = await refused('exec_tool', { path, args: { n: 10 } });
  assert.match(JSON.stringify(failed), /\bm\b/);
  await done('patch_file', { path, search: 'm < 2', replace: 'n < 2' });
  const checked = await done('check_tool', { path });
  assert.equal(checked.valid, true, JSON.stringify(checked));
  assert.equal((await done('exec_tool', { path, args: { n: 10 } })).result, 55);
  assert.equal((await done('read_file', { path })).content, FIB);
  assert.deepEqual((await done('list_files', { dir: 'tools' })).files, [path]);
  const rows = await done('exec_sql', { sql: 'SELECT name FROM users WHERE id = :id', params: { id: 1 } });
  assert.deepEqual(rows.rows, [['Ada']]);
  const found = await done('find_tool', { query: 'fibonacci number' });
  assert.equal(found.tools[0].path, path);
  assert.equal((await refused('read_file', { path: '../outside.txt' })).code, 'path.escape');
  assert.equal((await refused('exec_tool', { path, args: { n: 'ten' } })).code, 'tool.arguments');
}
