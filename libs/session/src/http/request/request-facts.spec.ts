import { describe, expect, it } from 'vitest';
import { isSecure, pathMatches, targetOf, type HttpRequest } from './request-facts.js';

const aRequest = (facts: object): HttpRequest => ({ headers: {}, socket: {}, ...facts }) as unknown as HttpRequest;

describe('pathMatches', () => {
  it.each([
    ['/', '/', true],
    ['/anything', '/', true],
    ['*', '/', true],
    ['/app', '/app', true],
    ['/app/', '/app', true],
    ['/app/x', '/app', true],
    ['/app?x=1', '/app', true],
    ['/app#x', '/app', true],
    ['/app/', '/app/', true],
    ['/app/x', '/app/', true],
    ['/app', '/app/', false],
    ['/application', '/app', false],
    ['/App', '/app', false],
    ['/', '/app', false],
    ['/x?/app', '/app', false],
    ['//app', '/app', false],
    ['http://example.com/app/x', '/app', true],
    ['HTTPS://example.com:8443/app', '/app', true],
    ['http://example.com', '/app', false],
    ['http://example.com/x/app', '/app', false],
    ['*', '/app', false],
    ['', '/app', false],
  ])('%s belongs to %s: %s', (target, path, matches) => {
    expect(pathMatches({ url: target } as HttpRequest, path)).toBe(matches);
  });
});

describe('targetOf', () => {
  it('is what the client asked for', () => {
    expect(targetOf(aRequest({ url: '/', originalUrl: '/app/x' }))).toBe('/app/x');
    expect(targetOf(aRequest({ url: '/x' }))).toBe('/x');
    expect(targetOf(aRequest({}))).toBe('/');
  });
});

describe('isSecure', () => {
  const forwarded = (proto: string | string[]) => ({ headers: { 'x-forwarded-proto': proto } });

  it.each([
    ['a TLS socket', { socket: { encrypted: true } }, undefined, true],
    ['a TLS socket, whatever a header says', { socket: { encrypted: true }, ...forwarded('http') }, true, true],
    ['a plain socket', {}, undefined, false],
    ['no socket any more', { socket: undefined }, undefined, false],
    ['a header that nobody trusts', forwarded('https'), undefined, false],
    ['a header that must not be trusted', { secure: true, ...forwarded('https') }, false, false],
    ['what Express says', { secure: true }, undefined, true],
    ['what Express says, of a header', { secure: false, ...forwarded('https') }, undefined, false],
    ['a header that is trusted', forwarded('https'), true, true],
    ['a header in capitals with spaces', forwarded(' HTTPS '), true, true],
    ['several proxies that all say so', forwarded('https, https'), true, true],
    ['what a client wrote before a proxy appended http', forwarded('https, http'), true, false],
    ['several proxies of which the last says so', forwarded('http, https'), true, false],
    ['a header that is repeated', forwarded(['https', 'http']), true, false],
    ['the first of several, as express-session', forwarded('https, http'), 'first' as const, true],
    ['the first of several and not the last, as express-session', forwarded('http, https'), 'first' as const, false],
    ['an empty header', forwarded(''), true, false],
    ['a header that begins alike', forwarded('httpsx'), true, false],
    ['no header', {}, true, false],
  ])('%s', (_what, facts, proxy, secure) => {
    expect(isSecure(aRequest(facts), proxy)).toBe(secure);
  });
});
