import type { cookies, headers } from '../../examples/next/node_modules/next/headers.js';
import type {
  GetServerSidePropsContext,
  NextApiRequest,
  NextApiResponse,
} from '../../examples/next/node_modules/next/types.js';
import { NextResponse, type NextRequest } from '../../examples/next/node_modules/next/server.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createSealedSessionReader,
  createServerSessionReader,
  type CookieSource,
  type ReadSession,
  type WritableSession,
} from 'nest-session/standalone';
import { memoryStore } from 'nest-session';
import { sealedCookie } from 'nest-session/sealed';
import { assertType, describe, expectTypeOf, it } from 'vitest';

interface AppSession {
  user?: { id: string; name: string };
  cart: string[];
}

declare const cookieStore: Awaited<ReturnType<typeof cookies>>;
declare const headerList: Awaited<ReturnType<typeof headers>>;
declare const request: NextRequest;
declare const apiRequest: NextApiRequest;
declare const apiResponse: NextApiResponse;
declare const context: GetServerSidePropsContext;
declare const incoming: IncomingMessage;
declare const outgoing: ServerResponse;

const reader = createSealedSessionReader<AppSession>(() => ({ password: '', revocation: 'none' }));
const server = createServerSessionReader<AppSession>({ secret: ['a', 'b'], store: memoryStore() });

describe('types of the reader', () => {
  it('of what a session is read from are those of Next.js, Node and the web', () => {
    for (const { read } of [reader, server]) {
      void read(cookieStore);
      void read(headerList);
      void read(request);
      void read(request.cookies);
      void read(apiRequest);
      void read(context.req);
      void read(incoming);
      void read(new Request('http://localhost'));
      void read(new Headers());
      void read({ headers: {} as { cookie?: string } });
      void read({ headers: {} as { cookie?: string | undefined } });
      void read(incoming.headers.cookie);
      void read(null);
      // @ts-expect-error forgotten await
      void read(cookies());
      // @ts-expect-error the cookies of an API route are an object of strings
      void read(apiRequest.cookies);
      // @ts-expect-error no cookies in it
      void read(7);
      // @ts-expect-error headers without the type of a Cookie header
      void read({ headers: { cookie: ['a'] } });
    }
    expectTypeOf<NextRequest>().toExtend<CookieSource>();
  });

  it('of the session: nothing has to be in it, and nothing that was read can be written', async () => {
    const session = await reader.read(request);
    expectTypeOf(session).toEqualTypeOf<ReadSession<AppSession> | null>();
    expectTypeOf(session?.data.cart).toEqualTypeOf<string[] | undefined>();
    expectTypeOf(session?.data.user?.name).toEqualTypeOf<string | undefined>();
    expectTypeOf(await server.read(request)).toEqualTypeOf<ReadSession<AppSession> | null>();
    expectTypeOf(await reader.peek(request)).toEqualTypeOf<ReadSession<AppSession> | null>();
    // @ts-expect-error reading never writes
    if (session) session.data.cart = [];
    // @ts-expect-error the server reader only reads
    void server.open;

    const untyped = await createSealedSessionReader({ password: '', revocation: 'none' }).read(request);
    expectTypeOf(untyped).toEqualTypeOf<ReadSession | null>();
    expectTypeOf(untyped?.data.user?.id).toEqualTypeOf<string | number | undefined>();
    expectTypeOf(untyped?.data['cart']).toEqualTypeOf<unknown>();
  });

  it('of where it can be written', async () => {
    expectTypeOf(reader.open(cookieStore)).toEqualTypeOf<Promise<WritableSession<AppSession>>>();
    const session = await reader.open(apiRequest, apiResponse);
    void reader.open(context.req, context.res);
    void reader.open(incoming, outgoing);
    void reader.open(request, new Response());
    void reader.open(request, new Headers());
    void reader.open(request, NextResponse.json({ ok: true }));
    // @ts-expect-error what is set on the cookies of a request reaches no browser
    void reader.open(request.cookies);
    // @ts-expect-error nothing to write to
    void reader.open(request);
    // @ts-expect-error nothing to write to
    void reader.open(headerList);

    session.data.cart = ['a'];
    await session.login({ id: 'ada', name: 'Ada' }, { keep: ['cart'], remember: '14d' });
    // @ts-expect-error the user of this application has a name
    await session.login({ id: 'ada' });
    // @ts-expect-error a duration that is none
    await session.login({ id: 'ada', name: 'Ada' }, { remember: 'two weeks' });
    // @ts-expect-error the handle is not for writing
    session.handle = 'x';
  });

  it('of proxy.ts', () => {
    const proxied = reader.proxy(request, NextResponse, async (session) => {
      expectTypeOf(session).toEqualTypeOf<WritableSession<AppSession>>();
      await session.save();
      if (!session.data.user) return NextResponse.redirect(new URL('/login', request.url));
      return undefined;
    });
    expectTypeOf(proxied).toEqualTypeOf<Promise<NextResponse>>();
    assertType<Promise<NextResponse>>(reader.proxy(request, NextResponse, () => undefined));
    assertType<Promise<NextResponse>>(reader.proxy(request, NextResponse, () => NextResponse.json({ a: 1 })));
    // @ts-expect-error a response that the cookies cannot be set on
    void reader.proxy(request, NextResponse, () => new Response());
  });

  it('of options name their mistakes', () => {
    // @ts-expect-error no revocation
    createSealedSessionReader({ password: '' });
    // @ts-expect-error no such value
    createSealedSessionReader({ password: '', revocation: 'some' });
    // @ts-expect-error an async function
    createSealedSessionReader(async () => ({ password: '', revocation: 'none' }));
    // @ts-expect-error sessions in a cookie are no store
    createServerSessionReader({ secret: 'a', store: sealedCookie({ password: '', revocation: 'none' }) });
  });
});
