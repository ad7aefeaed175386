// What one would write today: a Node MCP server (official SDK) that keeps TypeScript tools in a Git folder, strips their
// types and runs each call in a fresh isolate. No timeline, no audit, no policy. Argument: the folder.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(join(process.env.TGP_PEERS, 'package.json'));
const ivm = require('isolated-vm');
const { Server } = require('@modelcontextprotocol/sdk/server/index.js');
const { StdioServerTransport } = require('@modelcontextprotocol/sdk/server/stdio.js');
const { CallToolRequestSchema, ListToolsRequestSchema } = require('@modelcontextprotocol/sdk/types.js');

const folder = process.argv[2];
const compiled = new Map();

// JavaScript of a tool: the types stripped once a source, the default export as a constant.
function compile(path) {
  const source = readFileSync(join(folder, path), 'utf8');
  if (compiled.get(path)?.source !== source) {
    const script = stripTypeScriptTypes(source).replace('export default ', 'globalThis.tool = ');
    compiled.set(path, { source, script });
  }
  return compiled.get(path).script;
}

function inIsolate(use) {
  const isolate = new ivm.Isolate({ memoryLimit: 64 });
  try {
    return use(isolate);
  } finally {
    isolate.dispose();
  }
}

const TOOLS = {
  write_file({ path, content }) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
    const git = (...words) => execFileSync('git', words, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    git('add', path);
    git('commit', '--quiet', '-m', path);
    return { path };
  },
  check_tool({ path }) {
    const script = compile(path);
    inIsolate((isolate) => isolate.compileScriptSync(script));
    return { valid: true, errors: [] };
  },
  exec_tool({ path, args }) {
    const script = compile(path);
    const result = inIsolate((isolate) => {
      const context = isolate.createContextSync();
      isolate.compileScriptSync(script).runSync(context, { timeout: 1000 });
      const call = `const fib = globalThis.tool; JSON.stringify(fib(${JSON.stringify(args)}))`;
      return isolate.compileScriptSync(call).runSync(context, { timeout: 1000 });
    });
    return { result: JSON.parse(result) };
  },
};

const server = new Server({ name: 'peer', version: '1' }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: Object.keys(TOOLS).map((name) => ({ name, inputSchema: { type: 'object' } })),
}));
server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
  const structuredContent = TOOLS[params.name](params.arguments);
  return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
});
process.stdin.on('end', () => process.exit(0));
await server.connect(new StdioServerTransport());
