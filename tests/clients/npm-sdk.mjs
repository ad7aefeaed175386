// Drives tgp with the first npm SDK, `@modelcontextprotocol/sdk`, which knows the older era only.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { play } from './session.mjs';

const require = createRequire(join(process.env.TGP_NPM, 'package.json'));
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');

const client = new Client({ name: 'tgp-tests', version: '1' });
await client.connect(new StdioClientTransport({ command: process.env.TGP_BIN, args: ['mcp'], cwd: process.cwd(), env: process.env }));
assert.match(client.getInstructions(), /find_tool/);
await play({
  list: async () => (await client.listTools()).tools,
  call: (name, args) => client.callTool({ name, arguments: args }),
});
await client.close();
console.log('all as told');
