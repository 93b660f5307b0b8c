import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Controller, Get, Module, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AuthGuard, memoryStore, Public, SessionModule, SessionService } from 'nest-session';
import { HttpClient } from '../support/http-client.js';

@Controller()
class PathController {
  constructor(private readonly sessions: SessionService) {}

  @Get('me')
  me(@Req() req: { session?: unknown; raw?: { session?: unknown } }) {
    return { user: this.sessions.user, raw: Boolean(req.session ?? req.raw?.session) };
  }

  @Public()
  @Get('enter')
  async enter() {
    await this.sessions.login({ id: 'u1' }, { allowSafeMethod: true });
    return {};
  }
}

@Module({ imports: [SessionModule.forRoot({ store: memoryStore() })], controllers: [PathController] })
class AppModule {}

const fastify = () =>
  new FastifyAdapter({
    useSemicolonDelimiter: true,
    routerOptions: { ignoreDuplicateSlashes: true, ignoreTrailingSlash: true, caseSensitive: false },
  });

/** Paths as they are: fetch would tidy them up. */
const get = (url: string, path: string, cookie: string) =>
  new Promise<{ status: number; body: string }>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    request({ hostname, port, path, headers: cookie ? { cookie } : {} }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });

const PATHS = [
  '/me',
  '//me',
  '///me',
  '/%6de',
  '/%6D%65',
  '/me/',
  '/me//',
  '/me;x=1',
  '/ME',
  '/./me',
  '/x/../me',
  '/me?x',
  '/me%00',
  '/%2fme',
  '/me%2f',
];

describe.each(['express', 'fastify', 'fastify that normalizes paths'])('odd paths on %s', (platform) => {
  let app: Awaited<ReturnType<typeof NestFactory.create>>;
  let url: string;
  let cookie: string;

  beforeAll(async () => {
    const logger = false;
    if (platform === 'express') app = await NestFactory.create(AppModule, { logger });
    else
      app = await NestFactory.create(AppModule, platform === 'fastify' ? new FastifyAdapter() : fastify(), { logger });
    app.useGlobalGuards(new AuthGuard());
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
    const client = new HttpClient(url);
    await client.get('/enter');
    cookie = `sid=${await client.cookie()}`;
  });
  afterAll(() => app.close());

  it.each(PATHS)('%s refuses requests without a session, and has one wherever it leads to the route', async (path) => {
    expect([400, 401, 404]).toContain((await get(url, path, '')).status);
    const { status, body } = await get(url, path, cookie);
    expect([200, 400, 404]).toContain(status);
    const seen: unknown = status === 200 ? JSON.parse(body) : { user: { id: 'u1' }, raw: true };
    expect(seen).toEqual({ user: { id: 'u1' }, raw: true });
  });
});
