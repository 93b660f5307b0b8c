// An application whose store holds so many sessions already: `node growth-server.mjs <sessions> [redis URL]`.
// Prints its URL.
import 'reflect-metadata';
import { Controller, Get, Module, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { memoryStore, SessionModule } from 'nest-session';
import { redisStore } from 'nest-session/redis';
import { engineOf, idOf, LASTING, logIn } from './sessions.mjs';

const [count, redisUrl] = [Number(process.argv[2]), process.argv[3]];
const store = redisUrl ? redisStore({ url: redisUrl }) : memoryStore({ maxSessions: count + 1_000 });
if (!redisUrl) await logIn(engineOf(store, LASTING), 0, count, { idOf });

class AppController {
  me(req) {
    if (!req.session.user) throw new Error('not signed in');
    return { user: req.session.user };
  }
  usage() {
    return process.cpuUsage();
  }
}
const route = (name) =>
  Get(name)(AppController.prototype, name, Object.getOwnPropertyDescriptor(AppController.prototype, name));
route('me');
route('usage');
Req()(AppController.prototype, 'me', 0);
Controller()(AppController);

class AppModule {}
Module({ controllers: [AppController], imports: [SessionModule.forRoot({ ...LASTING, store })] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
globalThis.gc?.();
console.log(await app.getUrl());
