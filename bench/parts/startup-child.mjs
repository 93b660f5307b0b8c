// A cold start: what a fresh process takes from its first line until it listens. `node startup-child.mjs <kind> [redis URL]`
const start = performance.now();
const [kind, redisUrl] = process.argv.slice(2);
const secret = 'a secret for benchmarks, which need not be secret';
await import('reflect-metadata');
const { Module } = await import('@nestjs/common');
const { NestFactory } = await import('@nestjs/core');

const kinds = {
  nothing: () => [],
  async memory() {
    const { memoryStore, SessionModule } = await import('nest-session');
    return [SessionModule.forRoot({ secret, store: memoryStore() })];
  },
  async redis() {
    const { SessionModule } = await import('nest-session');
    const { redisStore } = await import('nest-session/redis');
    return [SessionModule.forRoot({ secret, store: redisStore({ url: redisUrl }) })];
  },
  async 'nestjs-session'() {
    const { SessionModule } = await import('nestjs-session');
    return [SessionModule.forRoot({ session: { secret, resave: false, saveUninitialized: false } })];
  },
  async 'nestjs-session, redis'() {
    const { SessionModule } = await import('nestjs-session');
    const { RedisStore } = await import('connect-redis');
    const { Redis } = await import('ioredis');
    const store = new RedisStore({ client: new Redis(redisUrl) });
    return [SessionModule.forRoot({ session: { secret, store, resave: false, saveUninitialized: false } })];
  },
};

const imports = await kinds[kind]();
class AppModule {}
Module({ imports })(AppModule);
const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
const listening = performance.now();
console.log(JSON.stringify({ ms: listening - start, cpu: process.cpuUsage() }));
process.exit(0);
