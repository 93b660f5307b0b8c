import { Module } from '@nestjs/common';
import { PasswordHasher } from './password-hasher.service.js';
import { UsersController } from './users.controller.js';
import { UsersService } from './users.service.js';

@Module({ controllers: [UsersController], providers: [PasswordHasher, UsersService], exports: [UsersService] })
export class UsersModule {}
