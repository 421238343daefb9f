/** The layers of the repository: docs/adr/0002 says why. */
module.exports = {
  forbidden: [
    {
      name: 'core-is-pure',
      comment: 'Decisions import zod and each other: no AWS, no clock, no environment.',
      severity: 'error',
      from: { path: '^core/' },
      to: { pathNot: '^(core/|node_modules/zod/)' },
    },
    {
      name: 'aws-sdk-in-adapters-only',
      comment: 'Handlers and middleware speak through ports; compositions may make the clients.',
      severity: 'error',
      from: {
        path: '^functions/',
        pathNot:
          '^functions/(adapters/|runtime/((action-|bulk-|commands-|http-|reach-|recurring-|schedules-|service-)?composition|role-credentials)\\.ts$)',
      },
      to: { path: '^node_modules/@aws-sdk/' },
    },
    {
      name: 'middy-at-the-entries-only',
      severity: 'error',
      from: { pathNot: '^(functions/runtime/|functions/(api|tasks|events)/)' },
      to: { path: '^node_modules/@middy/' },
    },
    {
      name: 'functions-know-no-infrastructure',
      severity: 'error',
      from: { path: '^(core|functions)/' },
      to: { path: '^(infra|cli|console|local|examples|scripts)/' },
    },
    {
      name: 'clients-speak-http-only',
      severity: 'error',
      comment: 'They know of a deployment what its contract says, and no more than anybody else.',
      from: { path: '^(cli|console)/' },
      to: {
        path: '^(functions|infra|local|examples|scripts|core/(?!contract/)|node_modules/(@aws-sdk|@middy)/)',
      },
    },
    {
      name: 'nothing-imports-test',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
