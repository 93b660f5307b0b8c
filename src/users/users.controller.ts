import { Controller, Get } from '@nestjs/common';
import { Roles } from 'nest-session';
import type { User } from './user.js';
import { UsersService } from './users.service.js';

@Controller('admin/users')
@Roles('admin')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  list(): { users: User[] } {
    return { users: this.users.list() };
  }
}
