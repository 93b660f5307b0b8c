interface Kept {
  readonly value: string;
  readonly until: number;
}

/** Keeps cookies by name and lets them expire, by the clock that the test sets. Paths and domains are left out. */
export class CookieJar {
  private readonly cookies = new Map<string, Kept>();

  keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split('; ');
      const equals = pair.indexOf('=');
      const expires = attributes.find((attribute) => attribute.startsWith('Expires='))?.slice('Expires='.length);
      const until = expires === undefined ? Infinity : new Date(expires).getTime();
      this.cookies.set(pair.slice(0, equals), { value: pair.slice(equals + 1), until });
    }
  }

  header(): string {
    for (const [name, { until }] of this.cookies) if (until <= Date.now()) this.cookies.delete(name);
    return Array.from(this.cookies, ([name, { value }]) => `${name}=${value}`).join('; ');
  }
}
