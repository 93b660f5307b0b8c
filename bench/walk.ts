// Counts the walk of a request through the built library: every function that it enters. `npm run bench:walk`, with
// `-- --store memory|redis|sealed`, `--json` for figures alone, or `--trace 'signed-in read'` for the functions in turn,
// by their lines in the built files.
// It counts and measures no time, so it gives the same figures on every machine.
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { registerHooks } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Controller, Get, Module, Post, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { instrument, type Place } from './lib/instrument.ts';
import { startRedis } from './lib/processes.ts';
import { figuresOf, type WalkFigures } from './lib/walk-figures.ts';

const { values: options } = parseArgs({
  options: {
    store: { type: 'string', default: 'memory' },
    json: { type: 'boolean', default: false },
    trace: { type: 'string' },
  },
});
const secret = 'a secret for benchmarks, which need not be secret';

const dist = new URL('../libs/session/dist/', import.meta.url).href;
const RECORDER = '__enter';
const places: Place[] = [];
let walk: Place[] | undefined;
const recorder = (index: number): void => {
  const place = places[index];
  if (place) walk?.push(place);
};
Object.assign(globalThis, { [RECORDER]: recorder });
registerHooks({
  load(url, context, next) {
    if (!url.startsWith(dist) || !url.endsWith('.js')) return next(url, context);
    const source = readFileSync(fileURLToPath(url), 'utf8');
    const file = url.slice(dist.length).replace(/\.js$/, '.ts');
    return { format: 'module', shortCircuit: true, source: instrument(source, file, RECORDER, places) };
  },
});

// Not before the hook is there.
const { AuthGuard, CurrentUser, memoryStore, Session, SessionModule, SessionService } = await import('nest-session');

/** What decorators do, without a compiler. */
type Params = readonly ParameterDecorator[];
function route(prototype: object, name: string, decorators: readonly MethodDecorator[], params: Params = []): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  if (!descriptor) throw new Error(`There is no ${name}().`);
  for (const decorator of decorators) decorator(prototype, name, descriptor);
  for (const [index, param] of params.entries()) param(prototype, name, index);
}

type Values = Record<string, unknown> & { n?: number };
let users = 1_000;
class AppController {
  me(user: unknown, session: Values): object {
    return { user, n: session.n };
  }
  write(session: Values): object {
    session.n = (session.n ?? 0) + 1;
    return { n: session.n };
  }
  async login(): Promise<object> {
    await app.get(SessionService, { strict: false }).login({ id: 'u1', roles: ['customer'] });
    return { ok: true };
  }
  /** Another user each time, so that each of them takes the place of the one before under a new name. */
  async changeUser(): Promise<object> {
    await app.get(SessionService, { strict: false }).login({ id: `u${users++}`, roles: ['customer'] });
    return { ok: true };
  }
  anonymous(): object {
    return { hello: 'world' };
  }
}
const { prototype } = AppController;
route(prototype, 'me', [Get('me'), UseGuards(AuthGuard)], [CurrentUser(), Session()]);
route(prototype, 'write', [Post('write'), UseGuards(AuthGuard)], [Session()]);
route(prototype, 'login', [Post('login')]);
route(prototype, 'changeUser', [Post('change-user')]);
route(prototype, 'anonymous', [Get('anonymous')]);
Controller()(AppController);

const redis = options.store === 'redis' ? await startRedis() : undefined;
const stores: Record<string, () => Promise<object>> = {
  memory: async () => ({ secret, store: memoryStore() }),
  redis: async () => {
    const { redisStore } = await import('nest-session/redis');
    return { secret, store: redisStore({ url: redis?.url ?? '' }) };
  },
  sealed: async () => {
    const { sealedCookie } = await import('nest-session/sealed');
    return { store: sealedCookie({ password: secret, revocation: 'none' }) };
  },
};
const storeOptions = await stores[options.store]?.();
if (!storeOptions) throw new Error(`--store is ${options.store}. Give one of ${Object.keys(stores).join(', ')}.`);

class AppModule {}
Module({ controllers: [AppController], imports: [SessionModule.forRoot(storeOptions)] })(AppModule);
const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const jar = new Map<string, string>();
/** Milliseconds in which what goes on after an answer, such as a renewal, comes to its end. */
const SETTLE = 50;

function send(method: string, path: string): Promise<void> {
  const cookie = Array.from(jar, ([name, value]) => `${name}=${value}`).join('; ');
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { method, agent, headers: cookie ? { cookie } : {} }, (response) => {
      for (const line of response.headers['set-cookie'] ?? []) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        jar.set(name, value);
      }
      response.resume().once('end', () => {
        if (response.statusCode === 200 || response.statusCode === 201) resolve();
        else reject(new Error(`${method} ${path} answered ${response.statusCode}.`));
      });
    });
    sent.once('error', reject).end();
  });
}

/** Sends a request until two walks are the same: the first ones fill what is remembered. */
async function walkOf(method: string, path: string): Promise<Place[]> {
  let before: Place[] = [];
  for (let attempt = 0; attempt < 10; attempt++) {
    const own: Place[] = (walk = []);
    await send(method, path);
    await sleep(SETTLE);
    walk = undefined;
    if (own.length === before.length && own.every((place, i) => place === before[i])) return own;
    before = own;
  }
  throw new Error(`${method} ${path} takes another way each time.`);
}

const REQUESTS = [
  ['anonymous read', 'GET', '/anonymous'],
  ['login in place of another user', 'POST', '/change-user'],
  // Of the same user: its session gets another secret.
  ['login over a session', 'POST', '/login'],
  ['signed-in read', 'GET', '/me'],
  ['write', 'POST', '/write'],
] as const;

const figures: Record<string, WalkFigures> = {};
try {
  for (const [name, method, path] of REQUESTS) {
    const taken = await walkOf(method, path);
    figures[name] = figuresOf(taken);
    if (options.trace === name) for (const { file, name, line } of taken) console.log(`${file}:${line} ${name}`);
  }
} finally {
  agent.destroy();
  await app.close();
  await redis?.stop();
}
if (options.json) console.log(JSON.stringify({ store: options.store, figures }, undefined, 2));
else if (options.trace === undefined) console.table(figures);
