// One application, with the sessions of the kind that the first argument names. Prints its URL.
import 'reflect-metadata';
import { Controller, Get, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RedisStore } from 'connect-redis';
import expressSession from 'express-session';
import { Redis } from 'ioredis';
import { SessionModule } from 'nest-session';
import { redisStore } from 'nest-session/redis';

const [kind, redisUrl] = process.argv.slice(2);
const secret = 'a secret for benchmarks, which nobody needs to guess';

class AppController {
  login(req) {
    req.session.user = { id: 'u1', name: 'x'.repeat(200) };
    return { ok: true };
  }
  me(req) {
    return { user: req.session?.user ?? null };
  }
  write(req) {
    req.session.n = (req.session.n ?? 0) + 1;
    return { n: req.session.n };
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
  imports: kind === 'nest-session' ? [SessionModule.forRoot({ secret, store: redisStore({ url: redisUrl }) })] : [],
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
