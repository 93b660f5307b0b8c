import flash from '@fastify/flash';
import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { afterEach, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/test-app.js';

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

let running: TestApp | undefined;
afterEach(() => running?.close());

it('@fastify/flash registers beside the module, and shows a message once', async () => {
  let registered: unknown;
  running = await startTestApp(
    'fastify',
    {},
    {
      controllers: [FlashController],
      guards: [],
      prepare(app) {
        const fastify = app.getHttpAdapter().getInstance() as { register(plugin: unknown): unknown };
        registered = fastify.register(flash);
      },
    },
  );
  await registered;
  const client = running.client();
  expect((await client.post('/flash')).status).toBe(201);
  expect(await (await client.get('/flash')).json()).toEqual(['Saved.']);
  expect(await (await client.get('/flash')).json()).toEqual([]);
});
