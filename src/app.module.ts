import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { AuthGuard, RolesGuard, SessionModule, StepUpGuard } from 'nest-session';
import { SessionExpiryModule } from 'nest-session/expiry-warning';
import { ActivityModule } from './activity/activity.module.js';
import { AuthModule } from './auth/auth.module.js';
import { CartModule } from './cart/cart.module.js';
import type { Environment } from './config/read-settings.js';
import { SessionSettings } from './config/session-settings.service.js';
import { settingsFrom } from './config/settings.factory.js';
import { DevicesModule } from './devices/devices.module.js';
import { HealthModule } from './health/health.module.js';
import { ImpersonationModule } from './impersonation/impersonation.module.js';
import { ErrorPageFilter } from './pages/error-page.filter.js';
import { PagesModule } from './pages/pages.module.js';
import { UsersModule } from './users/users.module.js';

@Module({
  imports: [
    SessionModule.forRootAsync({ useClass: SessionSettings }),
    // The script of it warns before the end: see the layout.
    SessionExpiryModule.forRoot(),
    ActivityModule,
    AuthModule,
    CartModule,
    DevicesModule,
    HealthModule,
    ImpersonationModule,
    PagesModule,
    UsersModule,
  ],
  providers: [
    // Everything is closed unless it says @Public().
    { provide: APP_GUARD, useValue: new AuthGuard({ redirectTo: '/login' }) },
    { provide: APP_GUARD, useClass: RolesGuard },
    { provide: APP_GUARD, useValue: new StepUpGuard({ redirectTo: '/confirm' }) },
    { provide: APP_FILTER, useClass: ErrorPageFilter },
  ],
})
export class AppModule {
  /** @param env where the settings come from */
  static register(env: Environment): DynamicModule {
    return {
      module: AppModule,
      imports: [ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [settingsFrom(env)] })],
    };
  }
}
