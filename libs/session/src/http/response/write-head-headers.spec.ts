import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { applyWriteHeadHeaders } from './write-head-headers.js';

const aResponse = () => {
  const res = new ServerResponse(new IncomingMessage(new Socket()));
  res.setHeader('Set-Cookie', ['ours=1']);
  res.setHeader('X-Kept', 'yes');
  return res;
};

describe('applyWriteHeadHeaders', () => {
  it.each([
    ['a status', [204]],
    ['a status and a message', [204, 'Gone home']],
    ['an undefined message', [204, undefined]],
    ['a null message', [204, null]],
  ])('leaves %s alone', (_what, args) => {
    const res = aResponse();
    expect(applyWriteHeadHeaders(res, args)).toBe(args);
    expect(res.getHeaderNames()).toEqual(['set-cookie', 'x-kept']);
  });

  const forms: [string, unknown][] = [
    ['an object', { 'X-One': '1', 'X-Two': ['2', '22'], 'content-length': 5 }],
    ['a flat array', ['X-One', '1', 'X-Two', '2', 'X-Two', '22', 'content-length', 5]],
    ['a flat array with arrays as values', ['X-One', '1', 'X-Two', ['2', '22'], 'content-length', 5]],
    [
      'nested pairs',
      [
        ['X-One', '1'],
        ['X-Two', '2'],
        ['x-two', '22'],
        ['content-length', 5],
      ],
    ],
  ];
  it.each(forms)('moves the headers of %s into the response', (_what, headers) => {
    for (const [args, rest] of [
      [[200, headers], [200]],
      [
        [200, 'OK', headers],
        [200, 'OK'],
      ],
      [
        [200, undefined, headers],
        [200, undefined],
      ],
      [[200, headers, undefined], [200]],
    ] as const) {
      const res = aResponse();
      expect(applyWriteHeadHeaders(res, [...args])).toEqual(rest);
      expect(res.getHeader('x-one')).toBe('1');
      expect(res.getHeader('x-two')).toEqual(['2', '22']);
      expect(String(res.getHeader('content-length'))).toBe('5');
      expect(res.getHeader('x-kept')).toBe('yes');
      expect(res.getHeader('set-cookie')).toEqual(['ours=1']);
    }
  });

  it('replaces headers of the same name, as Node does', () => {
    for (const headers of [{ 'x-kept': 'no', 'Set-Cookie': 'app=1' }, ['x-kept', 'no', 'Set-Cookie', 'app=1']]) {
      const res = aResponse();
      applyWriteHeadHeaders(res, [200, headers]);
      expect(res.getHeader('X-Kept')).toBe('no');
      expect(res.getHeader('Set-Cookie')).toBe('app=1');
    }
  });

  it('takes several Set-Cookie lines in each form', () => {
    const both = ['a=1', 'b=2'];
    for (const headers of [
      { 'Set-Cookie': both },
      ['Set-Cookie', 'a=1', 'set-cookie', 'b=2'],
      [['Set-Cookie', both]],
    ]) {
      const res = aResponse();
      applyWriteHeadHeaders(res, [200, headers]);
      expect(res.getHeader('Set-Cookie')).toEqual(both);
    }
  });

  it('takes no headers at all', () => {
    for (const headers of [{}, []]) expect(applyWriteHeadHeaders(aResponse(), [200, headers])).toEqual([200]);
  });

  it('refuses what Node refuses, before anything is held', () => {
    expect(() => applyWriteHeadHeaders(aResponse(), [200, ['X-One']])).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
    );
    expect(() => applyWriteHeadHeaders(aResponse(), [200, { 'X-One': 'a\r\nb' }])).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CHAR' }),
    );
    expect(() => applyWriteHeadHeaders(aResponse(), [200, ['X One', '1']])).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_HTTP_TOKEN' }),
    );
  });
});
