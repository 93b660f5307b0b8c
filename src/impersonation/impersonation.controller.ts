import {
  BadRequestException,
  Body,
  Controller,
  ForbiddenException,
  NotFoundException,
  Param,
  Post,
  Redirect,
} from '@nestjs/common';
import { RequireRecentLogin, Roles, SessionService } from 'nest-session';
import { fieldsOf } from '../http/fields.js';
import { UsersService } from '../users/users.service.js';
import { mayActAs } from './may-act-as.js';

const LONGEST_REASON = 200;

/** Administrators see what a user sees by acting as that user, for a limited time and for a reason. */
@Controller('impersonation')
export class ImpersonationController {
  constructor(
    private readonly sessions: SessionService,
    private readonly users: UsersService,
  ) {}

  /** Needs no role: the request is made as the other user. */
  @Post('stop')
  @Redirect('/admin/devices', 303)
  async stop(): Promise<{ url: string } | undefined> {
    const person = this.sessions.user?.username;
    if (!(await this.sessions.stopImpersonating())) return { url: '/dashboard' };
    await this.sessions.flash('notice', `You no longer act as ${person}.`);
    return undefined;
  }

  @Post(':userId')
  @Roles('admin')
  @RequireRecentLogin('10m')
  @Redirect('/dashboard', 303)
  async start(@Param('userId') userId: string, @Body() body: unknown): Promise<void> {
    const reason = parseReason(body);
    const person = this.users.find(userId);
    if (!person) throw new NotFoundException();
    if (!mayActAs(this.sessions.user, person)) throw new ForbiddenException();
    await this.sessions.impersonate(person, { for: '15m', reason });
  }
}

function parseReason(body: unknown): string {
  const reason = fieldsOf(body)('reason');
  const text = typeof reason === 'string' ? reason.trim() : '';
  if (text !== '' && text.length <= LONGEST_REASON) return text;
  throw new BadRequestException(`reason must be a text of 1 to ${LONGEST_REASON} characters.`);
}
