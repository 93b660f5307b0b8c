// An application whose store holds so many sessions already: `node growth-server.mjs <sessions> [redis URL]`.
// Prints its URL.
import 'reflect-metadata';
import { Controller, Get, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { memoryStore, SessionModule, SessionService } from 'nest-session';
import { redisStore } from 'nest-session/redis';
import { LASTING, loadMemory, userOf } from './sessions.mjs';

const [count, redisUrl] = [Number(process.argv[2]), process.argv[3]];
const store = redisUrl
  ? redisStore({ url: redisUrl, commandTimeout: 10_000 })
  : memoryStore({ maxSessions: count + 1_000 });
if (!redisUrl) loadMemory(store, count);

let logins = 0;
class AppController {
  me(req) {
    if (!req.session.user) throw new Error('not signed in');
    return { user: req.session.user };
  }
  write(req) {
    if (!req.session.user) throw new Error('not signed in');
    req.session.n = (req.session.n ?? 0) + 1;
    return { n: req.session.n };
  }
  async login() {
    await app.get(SessionService, { strict: false }).login({ ...userOf(0).user, id: `new-${logins++}` });
    return { ok: true };
  }
  usage() {
    return process.cpuUsage();
  }
}
const route = (name, decorator) => {
  decorator(name)(AppController.prototype, name, Object.getOwnPropertyDescriptor(AppController.prototype, name));
  if (AppController.prototype[name].length > 0) Req()(AppController.prototype, name, 0);
};
route('me', Get);
route('write', Post);
route('login', Post);
route('usage', Get);
Controller()(AppController);

class AppModule {}
Module({ controllers: [AppController], imports: [SessionModule.forRoot({ ...LASTING, store })] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
console.log(await app.getUrl());
