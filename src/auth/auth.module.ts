import { Module } from '@nestjs/common';
import { PagesModule } from '../pages/pages.module.js';
import { UsersModule } from '../users/users.module.js';
import { AuthController } from './auth.controller.js';

@Module({ imports: [PagesModule, UsersModule], controllers: [AuthController] })
export class AuthModule {}
