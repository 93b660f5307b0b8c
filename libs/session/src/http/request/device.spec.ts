import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceClassOf, deviceName } from './device.js';

const PHONE = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';
const CHROME = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0';

describe('what a browser says of itself', () => {
  it.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
      'Firefox on Windows',
      'desktop',
    ],
    [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${CHROME} Safari/537.36`, 'Chrome on macOS', 'desktop'],
    [`Mozilla/5.0 (Windows NT 10.0) ${CHROME} Safari/537.36 Edg/141.0.0.0`, 'Microsoft Edge on Windows', 'desktop'],
    [`Mozilla/5.0 (Linux; Android 14; Pixel 8) ${CHROME} Mobile Safari/537.36`, 'Chrome on Android', 'mobile'],
    [`Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) ${PHONE}`, 'Safari on iPhone', 'mobile'],
    [`Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) ${PHONE}`, 'Safari on iPad', 'tablet'],
    ['curl/8.5.0', undefined, 'other'],
    ['Googlebot/2.1 (+http://www.google.com/bot.html)', 'Googlebot', 'other'],
    ['', undefined, 'other'],
    [undefined, undefined, 'other'],
  ])('%s', (userAgent, name, deviceClass) => {
    expect(deviceName(userAgent)).toBe(name);
    expect(deviceClassOf(userAgent)).toBe(deviceClass);
  });

  it('is never too strange to be read', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 256 }), (userAgent) => {
        expect(['string', 'undefined']).toContain(typeof deviceName(userAgent));
        expect(['desktop', 'mobile', 'tablet', 'other']).toContain(deviceClassOf(userAgent));
      }),
    );
  });
});
