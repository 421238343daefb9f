// Makes the command line one file without dependencies, where the argument says.
import { build } from 'esbuild';

const [outfile] = process.argv.slice(2);
if (outfile === undefined) throw new Error('usage: bundle-cli.mjs <file>');

await build({
  entryPoints: [new URL('../cli/main.ts', import.meta.url).pathname],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  minifySyntax: true,
  logLevel: 'warning',
  // What is CommonJS in it asks for modules of Node.js by `require`.
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
});
