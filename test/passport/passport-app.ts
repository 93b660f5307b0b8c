import { AsyncResource } from 'node:async_hooks';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Injectable,
  Post,
  Req,
  UseGuards,
  type ExecutionContext,
  type Provider,
} from '@nestjs/common';
import { AuthGuard as PassportGuard, PassportModule, PassportSerializer, PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { Strategy } from 'passport-local';
import {
  AuthGuard,
  CurrentUser,
  Public,
  SessionService,
  type SessionModuleOptions,
  type SessionUser,
} from 'nest-session';
import { SessionPassportModule, type SessionPassportOptions } from 'nest-session/passport';
import type { HttpClient } from '../support/http-client.js';
import type { Platform } from '../support/nest-app.js';
import { HandlerRoutes } from '../support/routes/handler.routes.js';
import { startTestApp, type TestApp, type TestAppSetup } from '../support/test-app.js';

// The application of Nest's documentation ("Recipes, Passport"), with sessions. Passport is one for the process: what it
// knows of users stands outside of the applications.

export interface Account {
  readonly userId: number;
  readonly username: string;
  readonly password: string;
  readonly roles: readonly string[];
}

/** The database. */
export const accounts = new Map<number, Account>();

export function fillAccounts(): void {
  accounts.clear();
  accounts.set(1, { userId: 1, username: 'john', password: 'changeme', roles: ['editor'] });
  accounts.set(2, { userId: 2, username: 'maria', password: 'guess', roles: ['admin'] });
}

@Injectable()
class LocalStrategy extends PassportStrategy(Strategy) {
  async validate(username: string, password: string) {
    const account = [...accounts.values()].find((each) => each.username === username && each.password === password);
    if (!account) return null;
    const { password: _, ...result } = account;
    return result;
  }
}

@Injectable()
export class LocalAuthGuard extends PassportGuard('local') {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const result = (await super.canActivate(context)) as boolean;
    await super.logIn(context.switchToHttp().getRequest());
    return result;
  }
}

type SerializeDone = (error: Error | null, payload: number) => void;
type DeserializeDone = (error: Error | null, user: Account | null) => void;

/** A driver with a queue of its own: its callbacks know nothing of the request that asked. */
export const driver = new AsyncResource('driver');
/** How often users were looked up by Passport. */
export const lookups = { count: 0 };

@Injectable()
export class SessionSerializer extends PassportSerializer {
  override serializeUser({ userId }: Account, done: SerializeDone): void {
    done(null, userId);
  }

  override deserializeUser(userId: number, done: DeserializeDone): void {
    lookups.count++;
    setImmediate(() => driver.runInAsyncScope(done, undefined, null, accounts.get(userId) ?? null));
  }
}

@Controller('auth')
export class PassportRoutes {
  constructor(private readonly sessions: SessionService) {}

  @Public()
  @UseGuards(LocalAuthGuard)
  @Post('login')
  @HttpCode(200)
  login(@Req() req: Request) {
    return req.user;
  }

  @Public()
  @Post('logout')
  @HttpCode(204)
  logout(@Req() req: Request): Promise<void> {
    return new Promise((resolve, reject) => req.logout((error) => (error ? reject(error as Error) : resolve())));
  }

  /** Who Passport knows, and who is known to guards: of every request. */
  @Public()
  @Get('who')
  who(@Req() req: Request, @CurrentUser() user?: SessionUser) {
    const account: Partial<Account & SessionUser> | undefined = req.user;
    return {
      passport: account?.userId ?? account?.id ?? null,
      known: req.isAuthenticated(),
      session: user?.id ?? null,
    };
  }

  @Get('me')
  me(@CurrentUser() user: SessionUser) {
    return user;
  }

  /** The mistake of many applications: what a client sends goes into its session. */
  @Public()
  @Post('values')
  @HttpCode(200)
  values(@Body() body: object) {
    Object.assign(this.sessions.current, body);
    return {};
  }
}

export const passportProviders: Provider[] = [LocalStrategy, SessionSerializer];

export const byUserId: SessionPassportOptions<Account> = {
  user: ({ userId, roles }) => ({ id: userId, roles }),
};

/** @param passport options of the bridge */
export function startPassportApp(
  options: SessionModuleOptions = {},
  setup: TestAppSetup = {},
  passport: SessionPassportOptions<Account> = byUserId,
  platform: Platform = 'express',
): Promise<TestApp> {
  fillAccounts();
  return startTestApp(platform, options, {
    guards: [new AuthGuard()],
    ...setup,
    imports: [SessionPassportModule.forRoot(passport), PassportModule, ...(setup.imports ?? [])],
    controllers: [PassportRoutes, HandlerRoutes, ...(setup.controllers ?? [])],
    providers: [...passportProviders, ...(setup.providers ?? [])],
  });
}

export const john = { username: 'john', password: 'changeme' };
export const maria = { username: 'maria', password: 'guess' };

export async function json(response: Promise<Response>): Promise<unknown> {
  return (await response).json();
}

/** A browser in which the user is signed in by Passport. */
export async function signIn(app: TestApp, who = john, browser = app.client()): Promise<HttpClient> {
  const response = await browser.post('/auth/login', who);
  if (!response.ok) throw new Error(`login answered ${response.status}: ${await response.text()}`);
  return browser;
}

export const nobody = { passport: null, known: false, session: null };
export const isJohn = { passport: 1, known: true, session: 1 };
export const isMaria = { passport: 2, known: true, session: 2 };
