import 'reflect-metadata';
import { Body, Controller, Get, Module, Post, UseGuards, Session as CommonSession } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthGuard, CurrentUser, memoryStore, Session, SessionModule, SessionService, type SessionObject, type SessionUser } from 'nest-session';
import { HttpClient } from './support/http-client.js';

@Controller()
class C {
  constructor(private readonly sessions: SessionService) {}
  @Post('login') async login(@Body() b: { id: string }) { await this.sessions.login({ id: b.id }, { keep: ['cart'] }); return { ok: true }; }
  @Post('logout') async logout() { await this.sessions.logout(); return {}; }
  @UseGuards(AuthGuard) @Get('me') me(@CurrentUser() user: SessionUser, @Session() s: SessionObject, @CommonSession() c: object) { return { user, same: s === c, info: this.sessions.info }; }
  @Post('cart') cart(@Session() s: SessionObject & { cart?: number[] }, @Body() b: { n: number }) { (s.cart ??= []).push(b.n); return s.cart; }
  @Get('cart') getCart(@Session('cart') cart?: number[]) { return cart ?? []; }
  @Get('anon') anon() { return 'x'; }
}
@Module({ imports: [SessionModule.forRoot({ store: memoryStore() })], controllers: [C] })
class App {}

describe.each(['express', 'fastify'])('smoke %s', (p) => {
  let app: Awaited<ReturnType<typeof NestFactory.create>>; let url: string;
  beforeAll(async () => {
    app = p === 'express' ? await NestFactory.create(App) : await NestFactory.create(App, new FastifyAdapter());
    await app.listen(0, '127.0.0.1'); url = await app.getUrl();
  });
  afterAll(() => app.close());
  it('works', async () => {
    const c = new HttpClient(url);
    const a = await c.get('/anon'); expect(a.status).toBe(200); expect(a.headers.getSetCookie()).toEqual([]); await a.text();
    expect((await c.get('/me')).status).toBe(401);
    console.log(await (await c.post('/cart', { n: 1 })).json());
    console.log(await (await c.post('/cart', { n: 2 })).json());
    const before = await c.cookie();
    const l = await c.post('/login', { id: 'u1' });
    console.log(l.status, l.headers.getSetCookie(), await l.text());
    expect(await c.cookie()).not.toBe(before);
    const me = await c.get('/me'); console.log(me.status, await me.text(), Object.fromEntries(me.headers));
    console.log(await (await c.get('/cart')).json());
    const o = await c.post('/logout'); console.log(o.status, o.headers.getSetCookie());
    expect((await c.get('/me')).status).toBe(401);
  });
});
