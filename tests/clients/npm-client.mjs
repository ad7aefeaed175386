// Drives tgp with the npm package `@modelcontextprotocol/client`, in the era named by the first argument.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { play } from './session.mjs';

const require = createRequire(join(process.env.TGP_NPM, 'package.json'));
const { Client } = require('@modelcontextprotocol/client');
const { StdioClientTransport } = require('@modelcontextprotocol/client/stdio');

const era = process.argv[2];
const mode = era === 'modern' ? { pin: '2026-07-28' } : era;
const client = new Client({ name: 'tgp-tests', version: '1' }, { versionNegotiation: { mode } });
await client.connect(new StdioClientTransport({ command: process.env.TGP_BIN, args: ['mcp'], cwd: process.cwd(), env: process.env }));
assert.match(client.getInstructions(), /find_tool/);
await play({
  list: async () => (await client.listTools()).tools,
  call: (name, args) => client.callTool({ name, arguments: args }),
});
const { resources } = await client.listResources();
assert.ok(resources.some((resource) => resource.uri.endsWith('fib.ts')), JSON.stringify(resources));
await client.close();
console.log('all as told');
