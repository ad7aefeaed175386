// Bundles the extension and the scripts of its forms into `dist/`.
import { build } from 'esbuild';

const shared = { bundle: true, minify: true, sourcemap: false, logLevel: 'warning', legalComments: 'none' };
await build({
  ...shared, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js',
  platform: 'node', format: 'cjs', target: 'node20', external: ['vscode'], mainFields: ['module', 'main'],
});
await build({
  ...shared, entryPoints: ['src/webview/run.ts', 'src/webview/scope.ts'], outdir: 'dist/webview',
  platform: 'browser', format: 'iife', target: 'es2022',
});
