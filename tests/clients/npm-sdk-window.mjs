// The first npm SDK, `@modelcontextprotocol/sdk`, with a window; it knows the older era only.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { person, play } from './window.mjs';

const require = createRequire(join(process.env.TGP_NPM, 'package.json'));
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const { ElicitRequestSchema } = require('@modelcontextprotocol/sdk/types.js');

const { seen, answer } = person();
const client = new Client({ name: 'tgp-tests', version: '1' }, { capabilities: { elicitation: {} } });
client.setRequestHandler(ElicitRequestSchema, async (request) => answer(request));
await client.connect(new StdioClientTransport({ command: process.env.TGP_BIN, args: ['mcp'], cwd: process.cwd(), env: process.env }));
await play({ seen, call: (name, args) => client.callTool({ name, arguments: args }) });
await client.close();
console.log('all as told');
