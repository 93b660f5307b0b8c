import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { declaredMembers } from './declarations.js';
import { buildLibrary, entryPoints, filesIn, fromRoot, packageFolder } from './workspace.js';

/** The text of every file that holds tests, without comments that take a whole line. */
const specs = ['libs/session/src', 'test', 'src']
  .flatMap((folder) => filesIn(fromRoot(folder)).map((path) => fromRoot(folder, path)))
  .filter((path) => /\.(spec|suite|cases|scenarios)\.ts$/.test(path) && !path.includes('node_modules'))
  .map((path) => readFileSync(path, 'utf8').replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, ''))
  .join('\n');

/** What variables are called that hold one, so that `list.find()` does not stand for `registry.find()`. */
const receivers: Record<string, string> = {
  SessionService: 'sessions',
  SessionRegistry: 'registry',
  ReturnTo: 'returnTo',
  SessionEvents: String.raw`\w*[eE]vents`,
  SessionAudit: 'audit',
};

const isCalled = (type: string, member: string): boolean =>
  new RegExp(String.raw`\b${receivers[type] ?? String.raw`\w+\)?`}[!?]?\.${member}\b`).test(specs);

/** What Nest calls, and no user. */
const LIFECYCLE = /^on(Module|Application)[A-Z]/;

beforeAll(buildLibrary);

const types: [entry: string, type: string][] = [
  ...Object.keys(receivers).map((type): [string, string] => [
    type === 'SessionAudit' ? 'nest-session/audit' : 'nest-session',
    type,
  ]),
  ['nest-session', 'SessionMethods'],
  ['nest-session/store', 'SessionStore'],
  ['nest-session/store', 'FreshStore'],
  ['nest-session/store', 'PingableStore'],
  ['nest-session/store', 'ClosableStore'],
  ['nest-session/store', 'ReportingStore'],
  ['nest-session/store', 'SessionIndex'],
  ['nest-session/sealed', 'SessionRevocation'],
  ['nest-session/standalone', 'SealedSessionReader'],
  ['nest-session/standalone', 'ServerSessionReader'],
];

describe('what a user can call', () => {
  it.each(types)('of %s: every public member of %s stands in a spec', (name, type) => {
    const entry = entryPoints.find((it) => it.name === name);
    const members = declaredMembers(join(packageFolder, entry?.types ?? ''), type);
    expect(members).not.toEqual([]);
    expect(members.filter((member) => !LIFECYCLE.test(member) && !isCalled(type, member))).toEqual([]);
  });

  it('would be missed', () => {
    expect(isCalled('SessionService', 'neverWritten')).toBe(false);
    expect(isCalled('SessionRegistry', 'takeOnce')).toBe(false);
  });
});
