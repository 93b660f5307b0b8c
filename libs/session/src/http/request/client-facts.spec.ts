import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ClientOptions } from '../../options/client-options.js';
import { clientFactsOf } from './client-facts.js';

/** A request over a connection from this address, and what Express makes of it. */
function requestFrom(remoteAddress: string | undefined, headers: Record<string, string> = {}, ip?: string) {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
  return Object.assign(new IncomingMessage(socket), { headers }, ip !== undefined && { ip });
}

describe('the address of a request', () => {
  const forwarded = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' };

  it.each([
    ['that of the connection', '192.0.2.1', {}, undefined, undefined, '192.0.2.1'],
    ['written as usual', '::ffff:192.0.2.1', {}, undefined, undefined, '192.0.2.1'],
    ['without its zone', 'fe80::1%eth0', {}, undefined, undefined, 'fe80::1'],
    ['not what a stranger says', '192.0.2.1', forwarded, undefined, undefined, '192.0.2.1'],
    ['not what a stranger says, where that is refused', '192.0.2.1', forwarded, false, undefined, '192.0.2.1'],
    ['what the nearest proxy saw', '192.0.2.1', forwarded, true, undefined, '198.51.100.7'],
    ['what Express trusts', '192.0.2.1', forwarded, undefined, '203.0.113.9', '203.0.113.9'],
    ['what Express trusts, before the nearest proxy', '192.0.2.1', forwarded, true, '203.0.113.9', '203.0.113.9'],
    ['the connection’s if the proxy says nothing', '192.0.2.1', {}, true, undefined, '192.0.2.1'],
    ['no text that is no address', '192.0.2.1', { 'x-forwarded-for': '<script>' }, true, undefined, '192.0.2.1'],
    ['unknown once the client has left', undefined, {}, undefined, undefined, undefined],
  ] as const)('is %s', (_, remote, headers, proxy, express, expected) => {
    expect(clientFactsOf(requestFrom(remote, headers, express), { proxy }).ip).toBe(expected);
  });
});

describe('the name of a browser', () => {
  it.each([
    ['as it is', 'curl/8', 'curl/8'],
    ['without control characters', 'a\u001b[31m\r\nb\u0000\u202ec\u2028', 'a[31mbc'],
    ['cut', 'x'.repeat(1000), 'x'.repeat(256)],
    ['unknown if it is empty', ' ', undefined],
  ])('is kept %s', (_, header, expected) => {
    expect(clientFactsOf(requestFrom('192.0.2.1', { 'user-agent': header }), { proxy: undefined }).userAgent).toBe(
      expected,
    );
  });
});

describe('what is kept of a client', () => {
  const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const kept = (address: string, client: ClientOptions) =>
    clientFactsOf(requestFrom(address, { 'user-agent': firefox }), { proxy: undefined, client });

  it.each([
    ['203.0.113.77', '203.0.113.0'],
    ['::ffff:203.0.113.77', '203.0.113.0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
    ['2001:db8::1', '2001:db8:0::'],
    ['::1', '0:0:0::'],
  ])('of the address %s the network is %s', (address, network) => {
    expect(kept(address, { ip: 'network' }).ip).toBe(network);
    expect(kept(address, { ip: 'none' }).ip).toBeUndefined();
  });

  it('is the family of the browser, or nothing', () => {
    expect(kept('192.0.2.1', { userAgent: 'family' })).toEqual({
      ip: '192.0.2.1',
      device: 'Firefox on Windows',
      deviceClass: 'desktop',
    });
    expect(kept('192.0.2.1', { ip: 'none', userAgent: false })).toEqual({ deviceClass: 'desktop' });
  });
});
