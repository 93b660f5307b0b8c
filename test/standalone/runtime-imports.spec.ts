import { describe, expect, it } from 'vitest';
import { startChild } from '../support/child.js';

/** The packages that a process has loaded when it has imported these entry points. */
async function loaded(...entries: string[]): Promise<string[]> {
  const hook = new URL('./loaded-packages.mjs', import.meta.url).href;
  const { code, lines, errors } = await startChild('../../standalone/load-entry', entries, ['--import', hook]).done;
  if (code !== 0) throw new Error(errors);
  return [...new Set(lines)].sort();
}

/** Our own dependencies. */
const OURS = ['cookie', 'ms'];

const ofNest = (packages: readonly string[]) =>
  packages.filter((name) => /^(@nestjs\/|rxjs|reflect-metadata)/.test(name));
const ofServers = (packages: readonly string[]) =>
  packages.filter((name) => /^(next|react|express|fastify)$/.test(name));

describe('what is loaded at run time', () => {
  it('by nest-session/standalone: what opens seals and cookies, and neither Nest nor Next.js nor Express', async () => {
    expect(await loaded('standalone/index')).toEqual(OURS);
  });

  it('by nest-session/sqlite beside it: nothing more', async () => {
    expect(await loaded('standalone/index', 'sqlite/index')).toEqual(OURS);
  });

  it('by nest-session/redis beside it: the client, and what connect-redis stands on', async () => {
    const packages = await loaded('standalone/index', 'redis/index');
    expect(packages).toEqual(expect.arrayContaining(['connect-redis', 'express-session', 'ioredis']));
    expect(ofNest(packages)).toEqual([]);
    expect(ofServers(packages)).toEqual([]);
  });

  it('by the revocation store for Redis alone: the client, and not connect-redis', async () => {
    const packages = await loaded('standalone/index', 'redis/redis-revocation');
    expect(packages).toContain('ioredis');
    expect(packages.filter((name) => /connect-redis|express/.test(name))).toEqual([]);
    expect(ofNest(packages)).toEqual([]);
  });

  it('is seen by this test: what is made for Nest needs Nest', async () => {
    const packages = await loaded('http/http-errors');
    expect(packages).toEqual(expect.arrayContaining(['@nestjs/common']));
  });
});
