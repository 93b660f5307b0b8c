import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { Public, SessionService, type Duration } from 'nest-session';

@Controller()
export class ImpersonationRoutes {
  constructor(private readonly sessions: SessionService) {}

  @Public()
  @Post('impersonate')
  @HttpCode(200)
  async impersonate(@Body() body: { id: string; for?: Duration; reason?: string }) {
    const { id, ...options } = body;
    await this.sessions.impersonate({ id, roles: ['customer'] }, options);
    return this.sessions.info;
  }

  @Public()
  @Post('stop')
  @HttpCode(200)
  async stop() {
    return { stopped: await this.sessions.stopImpersonating() };
  }
}
