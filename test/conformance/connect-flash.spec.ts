import flash from 'connect-flash';
import type { Request, RequestHandler } from 'express';
import { describe, expect, it } from 'vitest';
import { hosts, type Guest } from './hosts.js';

type FlashRequest = Request & { flash(type?: string, ...messages: unknown[]): unknown };

const route = (work: (req: FlashRequest, res: Parameters<RequestHandler>[1]) => void): RequestHandler => {
  return (req, res) => work(req as FlashRequest, res);
};

const application = (): Guest => ({
  use: [flash()],
  routes: {
    'POST /save': route((req, res) => {
      req.flash('info', 'Saved.');
      res.redirect('/list');
    }),
    'POST /several': route((req, res) => {
      req.flash('info', 'One.');
      req.flash('info', 'Two %s.', 'and a half');
      req.flash('error', ['Three.', 'Four.']);
      res.json({});
    }),
    'GET /list': route((req, res) => void res.json(req.flash('info'))),
    'GET /all': route((req, res) => void res.json(req.flash())),
    'GET /quiet': route((_req, res) => void res.send('quiet')),
  },
});

describe.each(hosts)('connect-flash on $name', (host) => {
  it('shows a message after a redirect, once', async () => {
    const { client } = await host.start(application());
    const response = await client.post('/save');
    expect([response.status, response.headers.get('location')]).toEqual([302, '/list']);
    expect(await (await client.get('/list')).json()).toEqual(['Saved.']);
    expect(await (await client.get('/list')).json()).toEqual([]);
  });

  it('keeps messages by type until they are shown', async () => {
    const { client } = await host.start(application());
    await client.post('/several');
    await client.get('/quiet');
    expect(await (await client.get('/all')).json()).toEqual({
      info: ['One.', 'Two and a half.'],
      error: ['Three.', 'Four.'],
    });
    expect(await (await client.get('/all')).json()).toEqual({});
  });

  it('shows no client the message of another', async () => {
    const { client, visitor } = await host.start(application());
    await client.post('/save');
    expect(await (await visitor().get('/list')).json()).toEqual([]);
    expect(await (await client.get('/list')).json()).toEqual(['Saved.']);
  });

  it('gives a visitor without messages no cookie', async () => {
    const { client } = await host.start(application());
    expect((await client.get('/quiet')).headers.getSetCookie()).toEqual([]);
  });
});
