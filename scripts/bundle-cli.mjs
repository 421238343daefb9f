// Makes the command line one file without dependencies: dist/cli/jobplane.mjs, or where the argument says.
import { build } from 'esbuild';

const [outfile = 'dist/cli/jobplane.mjs'] = process.argv.slice(2);

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
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
});
