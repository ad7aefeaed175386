// What a client with a window of its own does with tgp: a yes lets the call go on, a no denies it, a closed window
// leaves the question to the terminal.
import assert from 'node:assert/strict';

export function person() {
  const seen = [];
  const replies = [
    { action: 'accept', content: { approve: true, reason: 'as agreed' } },
    { action: 'accept', content: { approve: false, reason: 'not there' } },
    { action: 'decline' },
    { action: 'cancel' },
  ];
  const answer = (request) => {
    seen.push(request.params.message);
    return replies[seen.length - 1];
  };
  return { seen, answer };
}

export async function play({ call, seen }) {
  const write = async (content) => {
    const answer = await call('write_file', { path: 'out/report.md', content });
    return { isError: answer.isError ?? false, ...answer.structuredContent };
  };
  const done = await write('One\n');
  assert.equal(done.path, 'out/report.md', JSON.stringify(done));
  assert.match(seen[0], /agent coder/);
  assert.match(seen[0], /^ {4}\+One$/m);
  const denied = await write('Two\n');
  assert.equal(denied.code, 'policy.denied', JSON.stringify(denied));
  assert.equal(denied.details.reason, 'not there');
  assert.equal((await write('Three\n')).code, 'policy.denied');
  const open = await write('Four\n');
  assert.equal(open.code, 'policy.requires_approval', JSON.stringify(open));
  assert.equal(seen.length, 4);
  assert.equal((await call('read_file', { path: 'out/report.md' })).structuredContent.content, 'One\n');
}
