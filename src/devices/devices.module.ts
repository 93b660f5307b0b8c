import { Module } from '@nestjs/common';
import { SessionDevicesModule } from 'nest-session/devices';
import { PagesModule } from '../pages/pages.module.js';
import { UsersModule } from '../users/users.module.js';
import { AdminDevicesController } from './admin-devices.controller.js';
import { DevicesController } from './devices.controller.js';

@Module({
  // The same as pages, for programs: GET /sessions, DELETE /sessions/:handle, GET /admin/sessions/:userId, ...
  imports: [SessionDevicesModule.forRoot({ admin: { roles: ['admin'] } }), PagesModule, UsersModule],
  controllers: [DevicesController, AdminDevicesController],
})
export class DevicesModule {}
