import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard, SessionModule } from 'nest-session';
import { AccountController } from './account.controller.ts';
import { sessionOptions } from './session.options.ts';

@Module({
  imports: [SessionModule.forRootAsync({ useFactory: sessionOptions })],
  controllers: [AccountController],
  // Everything is closed unless it says @Public().
  providers: [{ provide: APP_GUARD, useClass: AuthGuard }],
})
export class AppModule {}
