// Who may import whom: the rooms of the library, the sample, and the packages they may use. See docs/adr/0002-toolchain.md.

const library = '^libs/session/src';
const spec = String.raw`\.spec\.ts$`;

/**
 * The rooms of the library. Each may import itself and what is listed, and nothing else of ours.
 * A folder that is not listed is a leaf: an entry point of its own, which nobody else imports.
 */
const rooms = {
  core: [],
  errors: [],
  stores: ['core', 'errors'],
  events: ['core', 'errors'],
  options: ['core', 'errors', 'stores', 'events'],
  revocation: ['core', 'errors', 'options'],
  seals: ['core', 'errors', 'options', 'revocation'],
  engine: ['core', 'errors', 'stores', 'events', 'options'],
  registry: ['core', 'errors', 'stores', 'events', 'options', 'engine'],
  server: ['core', 'errors', 'stores', 'events', 'options', 'seals', 'engine', 'registry'],
  request: ['core', 'errors', 'stores', 'events', 'options', 'engine'],
  assurance: ['core', 'errors', 'events', 'options', 'engine', 'request'],
  http: ['core', 'errors', 'stores', 'events', 'options', 'seals', 'engine', 'server', 'request', 'assurance'],
  services: ['core', 'errors', 'stores', 'events', 'options', 'engine', 'request', 'assurance', 'http'],
  guards: ['core', 'errors', 'engine', 'request', 'assurance', 'http', 'services', 'decorators'],
  decorators: ['core', 'errors', 'events', 'options', 'engine', 'request', 'http', 'services'],
};

/** Packages that a room may use, where it may not use all that are declared. */
const packages = {
  core: [],
  errors: [],
  stores: ['express-session'],
};

/** Folders that know no Nest: what they throw, http/ turns into what Nest sees. */
const withoutNest = [
  'core',
  'errors',
  'stores',
  'options',
  'revocation',
  'seals',
  'engine',
  'registry',
  'server',
  'request',
  'assurance',
  'sealed',
  'redis',
  'sqlite',
  'standalone',
  'store',
];

const folder = (names) => `${library}/(${names.join('|')})/`;
const anyRoom = folder(Object.keys(rooms));
const packagePath = (names) => `node_modules/(@types/)?(${names.join('|')})/`;

const roomRules = Object.entries(rooms).map(([room, others]) => ({
  name: `room-${room}`,
  comment: `${room}/ imports ${[room, ...others].join(', ')}, and nothing else of the library.`,
  severity: 'error',
  from: { path: folder([room]), pathNot: spec },
  to: { path: `${library}/`, pathNot: folder([room, ...others]) },
}));

const packageRules = Object.entries(packages).map(([room, names]) => ({
  name: `packages-${room}`,
  comment: `${room}/ uses Node itself${names.map((name) => ` and ${name}`).join('')}, and no other package.`,
  severity: 'error',
  from: { path: folder([room]), pathNot: spec },
  to: {
    pathNot: [`${library}/`, ...(names.length > 0 ? [packagePath(names)] : [])],
    dependencyTypesNot: ['core', 'local'],
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...roomRules,
    ...packageRules,
    {
      name: 'engine-without-nest',
      comment: 'Sessions and their stores throw errors of their own; http/http-errors.ts translates them for Nest.',
      severity: 'error',
      from: { path: folder(withoutNest), pathNot: spec },
      to: { path: packagePath(['@nestjs']) },
    },
    {
      name: 'leaf-alone',
      comment: 'A leaf imports rooms, but no other leaf.',
      severity: 'error',
      from: { path: `${library}/([^/]+)/`, pathNot: [anyRoom, spec] },
      to: { path: `${library}/[^/]+/`, pathNot: [anyRoom, `${library}/$1/`] },
    },
    {
      name: 'leaf-outside-the-root-entry',
      comment: 'The root entry and the module import rooms, and no leaf.',
      severity: 'error',
      from: { path: `${library}/[^/]+$`, pathNot: spec },
      to: { path: `${library}/[^/]+/`, pathNot: anyRoom },
    },
    {
      name: 'no-circles',
      comment: 'Nobody imports himself, over however many others. Imports of types count.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'library-stays-inside',
      comment: 'The library imports neither the sample nor the tests, nor anything else of the repository.',
      severity: 'error',
      from: { path: library, pathNot: spec },
      to: { pathNot: [`${library}/`, 'node_modules/'], dependencyTypesNot: ['core'], couldNotResolve: false },
    },
    {
      name: 'no-specs',
      comment: 'A spec is imported by nobody.',
      severity: 'error',
      from: {},
      to: { path: spec },
    },
    {
      name: 'declared-packages',
      comment: 'What the library imports is a dependency or a peer dependency of its own package.json.',
      severity: 'error',
      from: { path: library, pathNot: spec },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'npm-bundled', 'unknown'] },
    },
    {
      name: 'sample-uses-the-package',
      comment: 'The sample imports the library by the name that people install.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^libs/', dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'sample-stays-inside',
      comment: 'The sample imports neither tests nor benchmarks.',
      severity: 'error',
      from: { path: '^src/', pathNot: spec },
      to: { path: '^(test|bench|examples|scripts)/' },
    },
    {
      name: 'resolvable',
      comment: 'What is imported is there, and the package that it comes from exports it.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.d.ts', '.js', '.mjs', '.json'],
    },
    skipAnalysisNotInRules: true,
  },
};
