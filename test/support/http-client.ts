import { CookieJar } from 'tough-cookie';

/** A browser as far as HTTP goes: keeps cookies, follows no redirect by itself. */
export class HttpClient {
  readonly jar = new CookieJar(undefined, { prefixSecurity: 'strict' });

  /** @param userAgent what it calls itself, if the tests tell browsers apart by that */
  constructor(
    readonly baseUrl: string,
    private readonly userAgent?: string,
  ) {}

  async request(
    method: string,
    path: string,
    init: {
      json?: unknown;
      form?: Record<string, string>;
      headers?: Record<string, string>;
      body?: string;
      signal?: AbortSignal;
    } = {},
  ): Promise<Response> {
    const url = new URL(path, this.baseUrl).href;
    const cookie = await this.jar.getCookieString(url);
    const headers: Record<string, string> = {
      ...(cookie && { cookie }),
      ...(this.userAgent !== undefined && { 'user-agent': this.userAgent }),
      ...init.headers,
    };
    let body = init.body;
    if (init.json !== undefined) {
      headers['content-type'] = 'application/json';
      body = JSON.stringify(init.json);
    }
    if (init.form) {
      headers['content-type'] = 'application/x-www-form-urlencoded';
      body = new URLSearchParams(init.form).toString();
    }
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      ...(body !== undefined && { body }),
      ...(init.signal && { signal: init.signal }),
    });
    for (const line of response.headers.getSetCookie()) await this.jar.setCookie(line, url);
    return response;
  }

  get(path: string, headers?: Record<string, string>): Promise<Response> {
    return this.request('GET', path, headers ? { headers } : {});
  }

  post(path: string, json: unknown = {}, headers?: Record<string, string>): Promise<Response> {
    return this.request('POST', path, { json, ...(headers && { headers }) });
  }

  /** Sends a form, as a page does. */
  submit(path: string, form: Record<string, string> = {}, headers?: Record<string, string>): Promise<Response> {
    return this.request('POST', path, { form, ...(headers && { headers }) });
  }

  delete(path: string, headers?: Record<string, string>): Promise<Response> {
    return this.request('DELETE', path, headers ? { headers } : {});
  }

  /** The raw value of a cookie, as it stands in the jar. */
  async cookie(name = 'sid'): Promise<string | undefined> {
    return (await this.jar.getCookies(this.baseUrl)).find(({ key }) => key === name)?.value;
  }

  /** Another browser with the same cookies. */
  async clone(): Promise<HttpClient> {
    const copy = new HttpClient(this.baseUrl);
    for (const cookie of await this.jar.getCookies(this.baseUrl)) await copy.jar.setCookie(cookie, this.baseUrl);
    return copy;
  }
}
