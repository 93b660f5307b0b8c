// People with a browser each: what they have of cookies, and what a server sends them.
import { connect } from 'node:net';

const AT_ONCE = 32;

/** Takes over the cookies of an answer, and drops those that it deletes. */
async function visit(jar, url, method) {
  const cookie = Array.from(jar, (pair) => pair.join('=')).join('; ');
  const response = await fetch(url, { method, headers: cookie ? { cookie } : {} });
  const body = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${body.slice(0, 200)}`);
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    if (value === '' || /max-age=0/i.test(line)) jar.delete(name);
    else jar.set(name, value);
  }
}

/** Logs somebody in. @returns his `Cookie` header */
async function logIn(url, { path, idleSeconds }) {
  const jar = new Map();
  await visit(jar, `${url}/login`, 'POST');
  // With `cache` the first answer that reads brings a cookie. Where renewals are measured, nobody has read before.
  if (path === '/me' && idleSeconds === undefined) await visit(jar, `${url}/me`, 'GET');
  return Array.from(jar, (pair) => pair.join('=')).join('; ');
}

/** Logs many people in. @returns the `Cookie` header of each */
export async function logInMany(url, count, scenario) {
  const cookies = [];
  let left = count;
  const worker = async () => {
    while (left-- > 0) cookies.push(await logIn(url, scenario));
  };
  await Promise.all(Array.from({ length: Math.min(count, AT_ONCE) }, worker));
  return cookies;
}

/** How many bytes the status line and the headers of an answer take. */
export function headerBytes(url, { method, path }, cookie) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`${url}${path} closed the connection`)));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      const end = answer.indexOf('\r\n\r\n');
      if (end === -1) return;
      resolve(end + 4);
      socket.destroy();
    });
    const cookieLine = cookie === undefined ? '' : `Cookie: ${cookie}\r\n`;
    socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${hostname}\r\n${cookieLine}\r\n`);
  });
}
