import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { Public, SessionService, type Duration } from 'nest-session';

/** Flash messages, the way back after a login, and values that can be taken once. */
@Public()
@Controller()
export class SingleUseRoutes {
  constructor(private readonly sessions: SessionService) {}

  @Post('flash')
  @HttpCode(200)
  async addFlash(@Body() { type, message }: { type: string; message: string }) {
    await this.sessions.flash(type, message);
    return {};
  }

  @Get('flash')
  async flash(@Query('type') type?: string) {
    return type === undefined ? this.sessions.flash() : this.sessions.flash(type);
  }

  @Post('return-to')
  @HttpCode(200)
  async returnTo(@Body() { path }: { path: unknown }) {
    return { kept: await this.sessions.returnTo.set(path) };
  }

  @Get('return-to')
  async takeReturnTo() {
    return { path: await this.sessions.returnTo.take('/home') };
  }

  @Post('once')
  @HttpCode(200)
  async once(@Body() body: { key: string; ttl?: Duration; data?: unknown }) {
    const { key, ...options } = body;
    return { value: await this.sessions.once(key, options) };
  }

  @Post('once/take')
  @HttpCode(200)
  async takeOnce(@Body() { key, value }: { key: string; value: unknown }) {
    return { taken: (await this.sessions.takeOnce(key, value)) ?? null };
  }
}
