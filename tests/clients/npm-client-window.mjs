// The npm package `@modelcontextprotocol/client` with a window, in the era named by the first argument.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { person, play } from './window.mjs';

const require = createRequire(join(process.env.TGP_NPM, 'package.json'));
const { Client } = require('@modelcontextprotocol/client');
const { StdioClientTransport } = require('@modelcontextprotocol/client/stdio');

const era = process.argv[2];
const mode = era === 'modern' ? { pin: '2026-07-28' } : era;
const { seen, answer } = person();
const capabilities = { elicitation: { form: { applyDefaults: true } } };
const client = new Client({ name: 'tgp-tests', version: '1' }, { capabilities, versionNegotiation: { mode } });
client.setRequestHandler('elicitation/create', async (request) => answer(request));
await client.connect(new StdioClientTransport({ command: process.env.TGP_BIN, args: ['mcp'], cwd: process.cwd(), env: process.env }));
await play({ seen, call: (name, args) => client.callTool({ name, arguments: args }) });
await client.close();
console.log('all as told');
