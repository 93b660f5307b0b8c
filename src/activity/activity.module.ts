import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { SessionAuditModule, sqliteAudit } from 'nest-session/audit';
import { SETTINGS, type Settings } from '../config/settings.js';
import { PagesModule } from '../pages/pages.module.js';
import { UsersModule } from '../users/users.module.js';
import { ActivityController } from './activity.controller.js';

@Module({
  imports: [
    SessionAuditModule.forRootAsync({
      inject: [SETTINGS],
      // It lasts as long as the sessions do.
      useFactory: ({ store, dataDir }: Settings) => ({
        writer: sqliteAudit({ path: store === 'memory' ? ':memory:' : join(dataDir, 'audit.db'), retention: '90d' }),
      }),
    }),
    PagesModule,
    UsersModule,
  ],
  controllers: [ActivityController],
})
export class ActivityModule {}
