// One application, with the sessions of the kind that the first argument names. Prints its URL.
import 'reflect-metadata';
import { Controller, Get, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RedisStore } from 'connect-redis';
import expressSession from 'express-session';
import { Redis } from 'ioredis';
import { getIronSession } from 'iron-session';
import { SessionModule } from 'nest-session';
import { redisRevocation, redisStore } from 'nest-session/redis';
import { sealedCookie } from 'nest-session/sealed';

const [kind, redisUrl] = process.argv.slice(2);
const secret = 'a secret for benchmarks, which nobody needs to guess';

const password = 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp';

/** Sessions of this package, by kind. */
const modules = {
  'nest-session': () => ({ secret, store: redisStore({ url: redisUrl }) }),
  'nest-session, cache': () => ({ secret, store: redisStore({ url: redisUrl }), cache: '1m' }),
  sealed: () => ({ store: sealedCookie({ password, revocation: 'none' }) }),
  'sealed, redisRevocation': () => ({
    store: sealedCookie({ password, revocation: redisRevocation({ url: redisUrl }) }),
  }),
  'sealed, interop': () => ({ store: sealedCookie({ password, revocation: 'none', interop: 'iron-session' }) }),
};

/** As its README has it: asked for where it is needed, saved before the answer. */
const ironSession = (req) =>
  getIronSession(req, req.res, { password, cookieName: 'session', ttl: 1800, cookieOptions: { secure: false } });
const isIron = kind === 'iron-session';

class AppController {
  async login(req) {
    const session = isIron ? await ironSession(req) : req.session;
    session.user = { id: 'u1', name: 'x'.repeat(200) };
    if (isIron) await session.save();
    return { ok: true };
  }
  async me(req) {
    const session = isIron ? await ironSession(req) : req.session;
    if (!session?.user && kind !== 'none' && kind !== 'redis-get') throw new Error('not signed in');
    return { user: session?.user ?? null };
  }
  async write(req) {
    const session = isIron ? await ironSession(req) : req.session;
    session.n = (session.n ?? 0) + 1;
    if (isIron) await session.save();
    return { n: session.n };
  }
  anonymous() {
    return { hello: 'world' };
  }
  usage() {
    globalThis.gc?.();
    return { cpu: process.cpuUsage(), heap: process.memoryUsage().heapUsed };
  }
}
const route = (name, decorator) => {
  decorator(AppController.prototype, name, Object.getOwnPropertyDescriptor(AppController.prototype, name));
  if (AppController.prototype[name].length > 0) Req()(AppController.prototype, name, 0);
};
route('login', Post('login'));
route('me', Get('me'));
route('write', Post('write'));
route('anonymous', Get('anonymous'));
route('usage', Get('usage'));
Controller()(AppController);

class AppModule {}
Module({
  controllers: [AppController],
  imports: modules[kind] ? [SessionModule.forRoot(modules[kind]())] : [],
})(AppModule);

const app = await NestFactory.create(AppModule, { logger: false });
if (kind === 'express-session') {
  const store = new RedisStore({ client: new Redis(redisUrl) });
  app.use(expressSession({ secret, store, resave: false, saveUninitialized: false }));
}
if (kind === 'redis-get') {
  const redis = new Redis(redisUrl, { enableAutoPipelining: true });
  app.use((_req, _res, next) => void redis.get('sess:nobody').then(() => next()));
}
await app.listen(0, '127.0.0.1');
console.log(await app.getUrl());
