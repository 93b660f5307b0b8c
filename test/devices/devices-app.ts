import 'reflect-metadata';
import { Controller, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Public, SessionModule, SessionService } from 'nest-session';
import { SessionDevicesModule } from 'nest-session/devices';
import { HttpClient } from '../support/http-client.js';

// A process of its own: says whether @nestjs/swagger is there, and what the routes answer.

@Controller()
class Doors {
  constructor(private readonly sessions: SessionService) {}

  @Public()
  @Post('login')
  @HttpCode(204)
  login() {
    return this.sessions.login({ id: 'u1' });
  }
}

@Module({ imports: [SessionModule.forRoot(), SessionDevicesModule.forRoot()], controllers: [Doors] })
class AppModule {}

const swagger = await import('@nestjs/swagger').then(
  () => 'there',
  (error: NodeJS.ErrnoException) => error.code,
);
const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
const client = new HttpClient(await app.getUrl());
await client.post('/login');
const { sessions } = await (await client.get('/sessions')).json();
const ended = await (await client.request('DELETE', '/sessions')).json();
await app.close();
console.log(JSON.stringify({ swagger, sessions: sessions.length, ended }));
