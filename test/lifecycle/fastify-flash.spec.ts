import flash from '@fastify/flash';
import { Controller, Get, Module, Post, Req, Res } from '@nestjs/common';
import { SessionModule, memoryStore } from 'nest-session';
import { afterEach, expect, it } from 'vitest';
import { HttpClient } from '../support/http-client.js';
import { startApp, type ListeningApp } from '../support/nest-app.js';

interface Flashing {
  flash(type: string, ...values: string[]): unknown;
}

@Controller()
class FlashController {
  @Post('flash')
  tell(@Req() request: Flashing): void {
    request.flash('info', 'Saved.');
  }

  @Get('flash')
  show(@Res({ passthrough: true }) reply: Flashing): unknown {
    return reply.flash('info');
  }
}

@Module({ imports: [SessionModule.forRoot({ store: memoryStore() })], controllers: [FlashController] })
class AppModule {}

let running: ListeningApp | undefined;
afterEach(() => running?.app.close());

it('@fastify/flash registers beside the module, and shows a message once', async () => {
  let registered: unknown;
  running = await startApp('fastify', AppModule, (app) => {
    const fastify = app.getHttpAdapter().getInstance() as { register(plugin: unknown): unknown };
    registered = fastify.register(flash);
  });
  await registered;
  const client = new HttpClient(running.url);
  expect((await client.post('/flash')).status).toBe(201);
  expect(await (await client.get('/flash')).json()).toEqual(['Saved.']);
  expect(await (await client.get('/flash')).json()).toEqual([]);
});
