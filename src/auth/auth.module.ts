import { Module } from '@nestjs/common';
import { PagesModule } from '../pages/pages.module.js';
import { UsersModule } from '../users/users.module.js';
import { AuthController } from './auth.controller.js';
import { ConfirmController } from './confirm.controller.js';

@Module({ imports: [PagesModule, UsersModule], controllers: [AuthController, ConfirmController] })
export class AuthModule {}
