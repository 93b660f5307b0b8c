import { setTimeout as wait } from 'node:timers/promises';
import { Controller, Get, HttpCode, Post, Req, Res, Sse, type MessageEvent } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { ServerResponse } from 'node:http';
import { Observable } from 'rxjs';
import { memoryStore, SessionRegistry, SessionService, type SessionObject } from 'nest-session';
import { memoryRevocation, sealedCookie } from 'nest-session/sealed';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { platforms } from '../support/nest-app.js';
import { startFaultApp, type FaultApp } from './fault-app.js';

type Noted = SessionObject & { note?: string };

/** What was seen, in the order in which it was. */
let seen: unknown[];
let saved: Promise<unknown>[];
let arrived: boolean;
const codeOf = (error: unknown) => (error as { code?: string }).code;
const look = async (what: () => unknown): Promise<void> => {
  try {
    seen.push(await what());
  } catch (error) {
    seen.push(codeOf(error) ?? error);
  }
};

/** A queue as p-queue, a pool of connections or a DataLoader has it: it goes on where its first job came from. */
class SharedQueue {
  private readonly jobs: (() => Promise<void>)[] = [];
  private running = false;

  add(job: () => Promise<void>): void {
    this.jobs.push(job);
    if (this.running) return;
    this.running = true;
    setTimeout(() => void this.work(), 60);
  }

  private async work(): Promise<void> {
    for (let job = this.jobs.shift(); job; job = this.jobs.shift()) await job();
    this.running = false;
  }
}

let queue: SharedQueue;

@Controller()
class WorkController {
  constructor(
    private readonly sessions: SessionService,
    private readonly registry: SessionRegistry,
  ) {}

  @Post('login')
  @HttpCode(200)
  login(@Req() req: { readonly body: { id: string } }) {
    return this.sessions.login({ id: req.body.id });
  }

  @Get('me')
  me() {
    const current: Noted = this.sessions.current;
    return { id: this.sessions.user?.id, note: current.note };
  }

  @Post('queue')
  @HttpCode(202)
  enqueue() {
    queue.add(() => look(() => this.sessions.user?.id));
    queue.add(() => look(() => this.sessions.update((values) => void (values['note'] = 'of somebody'))));
    queue.add(() => look(() => this.registry.revokeOthers()));
    return {};
  }

  @Post('logout')
  @HttpCode(204)
  async logout() {
    setTimeout(() => void look(() => this.sessions.user?.id), 60);
    await this.sessions.logout();
  }

  @Post('kept')
  @HttpCode(200)
  kept() {
    const session: Noted = this.sessions.current;
    setTimeout(() => {
      seen.push(session.user?.id);
      session.note = 'late';
      saved = [session.save(), session.reload(), session.destroy(), session.regenerate()];
      saved.forEach((one) => void one.catch(() => undefined));
      session.save((error) => seen.push(codeOf(error)));
    }, 60);
    return {};
  }

  @Post('by-handle')
  @HttpCode(202)
  byHandle() {
    const { handle } = this.sessions.info;
    queue.add(() => look(() => this.registry.update(handle, (values) => void (values['note'] = `for ${handle}`))));
    return { handle };
  }

  @Post('revoke')
  @HttpCode(202)
  revoke(@Req() req: { readonly body: { handle: string } }) {
    queue.add(() => look(() => this.registry.revoke(req.body.handle)));
    queue.add(() => look(async () => (await this.registry.list('bob')).map(({ current }) => current)));
    return {};
  }

  @Sse('stream')
  stream(): Observable<MessageEvent> {
    const session = this.sessions.current;
    return new Observable<MessageEvent>((client) => {
      const timer = setInterval(() => {
        void look(() => [this.sessions.user?.id, this.sessions.current === session]);
        client.next({ data: 'tick' });
      }, 30);
      return () => setTimeout(() => clearInterval(timer), 100);
    });
  }

  @Post('finish')
  @HttpCode(200)
  finish(@Res({ passthrough: true }) res: ServerResponse & { readonly raw?: ServerResponse }) {
    (res.raw ?? res).on('finish', () => void look(() => this.sessions.user?.id));
    return {};
  }

  @Post('left')
  async left() {
    arrived = true;
    await wait(200);
    await look(() => this.sessions.update((values) => void (values['note'] = 'paid')));
    return {};
  }
}

const stores = {
  memory: () => memoryStore(),
  sealed: () =>
    sealedCookie({ password: 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp', cookieName: 'sid', revocation: memoryRevocation() }),
};

describe.each(platforms.flatMap((platform) => (['memory', 'sealed'] as const).map((store) => ({ platform, store }))))(
  'after the response, on $platform with $store',
  ({ platform, store }) => {
    let world: FaultApp;
    beforeEach(async () => {
      seen = [];
      arrived = false;
      queue = new SharedQueue();
      const prepare = (app: INestApplication) => {
        if (platform === 'fastify')
          (app.getHttpAdapter().getInstance() as FastifyInstance).addHook('onResponse', (req, _res, done) => {
            if (req.url === '/finish') void look(() => app.get(SessionService).user?.id);
            done();
          });
      };
      world = await startFaultApp(platform, {
        controllers: [WorkController],
        options: { store: stores[store](), ...(store === 'memory' && { name: 'sid' }) },
        prepare,
      });
    });
    afterEach(() => world.close());

    const signIn = async (id: string) => {
      const browser = world.client();
      await browser.post('/login', { id });
      return browser;
    };
    // By a handle, a session is found where a store lists it.
    const listed = store === 'memory' ? [store] : [];
    const note = async (browser: Awaited<ReturnType<typeof signIn>>) =>
      ((await (await browser.get('/me')).json()) as { note?: string }).note;

    it('a shared queue has no session: three users do not all read as the first, and nothing is saved for that one', async () => {
      const [alice, bob, carol] = [await signIn('alice'), await signIn('bob'), await signIn('carol')];
      for (const browser of [alice, bob, carol]) await browser.post('/queue');
      await vi.waitFor(() => expect(seen).toHaveLength(9));
      expect(new Set(seen)).toEqual(new Set(['SESSION_REQUEST_OVER']));
      expect(await Promise.all([alice, bob, carol].map(note))).toEqual([undefined, undefined, undefined]);
    });

    it('a timer does not say that a user is signed in who has signed out', async () => {
      await (await signIn('alice')).post('/logout');
      await vi.waitFor(() => expect(seen).toEqual(['SESSION_REQUEST_OVER']));
    });

    it('req.session that was kept can be read, and refuses to save, reload, end or begin anew', async () => {
      const alice = await signIn('alice');
      await alice.post('/kept');
      await vi.waitFor(() => expect(seen).toEqual(['alice', 'SESSION_REQUEST_OVER']));
      for (const one of saved) await expect(one).rejects.toMatchObject({ code: 'SESSION_REQUEST_OVER' });
      expect(await note(alice)).toBeUndefined();
      expect(await (await alice.get('/me')).json()).toMatchObject({ id: 'alice' });
    });

    it.each(listed)('registry.update(handle) changes the session that was meant, later', async () => {
      const [alice, bob] = [await signIn('alice'), await signIn('bob')];
      const handles = [];
      for (const browser of [alice, bob])
        handles.push(((await (await browser.post('/by-handle')).json()) as { handle: string }).handle);
      await vi.waitFor(() => expect(seen).toEqual([1, 1]));
      expect(await Promise.all([alice, bob].map(note))).toEqual(handles.map((handle) => `for ${handle}`));
    });

    it.each(listed)('what a queue revokes is not said to be done by who started the queue', async () => {
      const [alice, bob] = [await signIn('alice'), await signIn('bob')];
      const { handle } = (await (await bob.post('/by-handle')).json()) as { handle: string };
      await vi.waitFor(() => expect(seen).toEqual([1]));
      await signIn('bob');
      await alice.post('/revoke', { handle });
      await vi.waitFor(() => expect(seen).toEqual([1, true, [false]]));
      const [revoked] = world.events.filter(({ name }) => name === 'revoked');
      expect(revoked).toMatchObject({ userId: 'bob' });
      expect(revoked).not.toHaveProperty('actor');
    });

    it('a stream has its session until it closes', async () => {
      const alice = await signIn('alice');
      const away = new AbortController();
      const response = await alice.request('GET', '/stream', { signal: away.signal });
      const reader = response.body?.getReader();
      try {
        for (let n = 0; n < 3; n++) await reader?.read();
        expect(seen.slice(0, 2)).toEqual(Array.from({ length: 2 }, () => ['alice', true]));
        expect(seen).not.toContain('SESSION_REQUEST_OVER');
      } finally {
        away.abort();
      }
      await vi.waitFor(() => expect(seen.at(-1)).toBe('SESSION_REQUEST_OVER'));
    });

    it("'finish' handlers, and hooks of Fastify after the response, know who it was for", async () => {
      await (await signIn('alice')).post('/finish');
      const expected = platform === 'fastify' ? ['alice', 'alice'] : ['alice'];
      await vi.waitFor(() => expect(seen).toEqual(expected));
    });

    it('a handler goes on in its session when the browser has left before the answer', async () => {
      const alice = await signIn('alice');
      const away = new AbortController();
      const response = alice.request('POST', '/left', { signal: away.signal });
      const failed = response.catch((error: unknown) => error);
      await vi.waitFor(() => expect(arrived).toBe(true));
      away.abort();
      expect(String(await failed)).toMatch(/abort/);
      await vi.waitFor(() => expect(seen).toHaveLength(1));
      expect(seen).toEqual([store === 'memory' ? undefined : 'SESSION_NEEDS_STORE']);
      expect(await note(alice)).toBe(store === 'memory' ? 'paid' : undefined);
    });
  },
);
