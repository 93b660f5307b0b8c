import { isIP } from 'node:net';

/** The parts of a list that is separated by commas. */
export const listOf = (value: string | undefined): string[] =>
  (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Whether it is an origin exactly as browsers send it. */
export function isHttpOrigin(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && new URL(value).origin === value;
}

export const isRedisUrl = (value: string): boolean => URL.canParse(value) && /^rediss?:$/.test(new URL(value).protocol);

const NAMED_NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];

/** Whether Express understands it as one `trust proxy`, or as the number of them. */
export function isProxy(value: string, _index: number, all: readonly string[]): boolean {
  if (/^\d{1,2}$/.test(value)) return all.length === 1;
  if (NAMED_NETWORKS.includes(value)) return true;
  const [address = '', bits, ...rest] = value.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
