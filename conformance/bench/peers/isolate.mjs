// A fresh isolate and context for every run, as isolated-vm is meant to be used: prints the microseconds of each run.
// Arguments: how many runs, and the n of fib(n).
import { createRequire } from 'node:module';
import { join } from 'node:path';

const ivm = createRequire(join(process.env.TGP_PEERS, 'package.json'))('isolated-vm');
const [runs, n] = process.argv.slice(2).map(Number);
const source = `const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2)); JSON.stringify(fib(${n}))`;

function once() {
  const begun = process.hrtime.bigint();
  const isolate = new ivm.Isolate({ memoryLimit: 64 });
  const context = isolate.createContextSync();
  const result = isolate.compileScriptSync(source).runSync(context, { timeout: 1000 });
  isolate.dispose();
  if (!/^\d+$/.test(result)) throw new Error(`no number: ${result}`);
  return Number(process.hrtime.bigint() - begun) / 1000;
}

for (let run = 0; run < runs / 10; run += 1) once();
console.log(JSON.stringify(Array.from({ length: runs }, once)));
