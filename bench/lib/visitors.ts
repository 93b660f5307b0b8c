// Visitors with a browser each: what they have of cookies.
const AT_ONCE = 32;

type Jar = Map<string, string>;
const headerOf = (jar: Jar): string => Array.from(jar, (pair) => pair.join('=')).join('; ');

/** Takes over the cookies of an answer, and drops those that it deletes. */
async function visit(jar: Jar, url: string, method: string): Promise<void> {
  const response = await fetch(url, { method, headers: jar.size > 0 ? { cookie: headerOf(jar) } : {} });
  const body = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${body.slice(0, 200)}`);
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '' || /max-age=0/i.test(line)) jar.delete(name);
    else jar.set(name, value);
  }
}

/** @returns the `Cookie` header of a new login */
async function logIn(url: string, readsFirst: boolean): Promise<string> {
  const jar: Jar = new Map();
  await visit(jar, `${url}/login`, 'POST');
  // With `cache`, the first answer that reads brings a cookie.
  if (readsFirst) await visit(jar, `${url}/me`, 'GET');
  return headerOf(jar);
}

/** Logs many users in, some at once. @returns the `Cookie` header of each */
export async function logInMany(url: string, count: number, readsFirst: boolean): Promise<string[]> {
  const cookies: string[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) cookies.push(await logIn(url, readsFirst));
  };
  await Promise.all(Array.from({ length: Math.min(count, AT_ONCE) }, worker));
  return cookies;
}
