import { BadRequestException, Body, Controller, Get, HttpCode, Post, Put, UnauthorizedException } from '@nestjs/common';
import { CurrentUser, Public, Session, SessionService, type SessionObject } from 'nest-session';
import { findPerson } from '../shared/people.ts';
import { parseNote } from '../shared/note.ts';
import { NOTE_LENGTH, type AppSession, type Person } from '../shared/session-data.ts';

/** Next shows all of it under /nest. */
@Controller()
export class AccountController {
  constructor(private readonly sessions: SessionService<Person>) {}

  @Public()
  @Post('login')
  @HttpCode(200)
  async login(@Body() body: { username?: unknown; password?: unknown } | undefined): Promise<{ user: Person }> {
    const user = await findPerson(body?.username, body?.password);
    if (!user) throw new UnauthorizedException('The username or the password is wrong.');
    await this.sessions.login(user);
    return { user };
  }

  @Public()
  @Post('logout')
  @HttpCode(204)
  logout(): Promise<void> {
    return this.sessions.logout();
  }

  @Get('me')
  me(@CurrentUser() user: Person, @Session() { note, views }: SessionObject): AppSession {
    return { user, note, views };
  }

  @Put('note')
  @HttpCode(204)
  writeNote(@Session() session: SessionObject, @Body() body: unknown): void {
    const note = parseNote(body);
    if (note === null) throw new BadRequestException(`Send {"note": "..."}, at most ${NOTE_LENGTH} characters.`);
    session.note = note;
  }
}
