import { Module } from '@nestjs/common';
import { UsersModule } from '../users/users.module.js';
import { ImpersonationController } from './impersonation.controller.js';

@Module({ imports: [UsersModule], controllers: [ImpersonationController] })
export class ImpersonationModule {}
