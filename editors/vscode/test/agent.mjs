// The agent: a client of another maker, which does what it is told line by line. Calls run one after the other.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const require = createRequire(join(process.env.TGP_NPM, 'package.json'));
const { Client } = require('@modelcontextprotocol/client');
const { StdioClientTransport } = require('@modelcontextprotocol/client/stdio');

const client = new Client({ name: 'tgp-agent', version: '1' }, { versionNegotiation: { mode: 'auto' } });
await client.connect(new StdioClientTransport({ command: process.env.TGP_BIN, args: ['mcp'], cwd: process.cwd(), env: process.env }));
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const call = JSON.parse(line);
  // An answer may wait for a person, longer than clients wait by themselves.
  say(await client.callTool(call, { timeout: 600_000 }).catch((error) => ({ isError: true, error: String(error) })));
}
await client.close();
