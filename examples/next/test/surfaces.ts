import type { HttpClient } from '../../../test/support/http-client.js';

/** What a surface says about a request: who is signed in, and what the session holds. */
export interface Sight {
  /** Undefined without a login. */
  readonly name: string | undefined;
  readonly note?: string | undefined;
  readonly views?: number | undefined;
}

export const ANONYMOUS: Sight = { name: undefined };

/** A surface that neither shows a user nor says that there is none. */
export class SurfaceError extends Error {
  constructor(
    readonly status: number,
    body: string,
  ) {
    super(`answered ${status}: ${body.slice(0, 200)}`);
  }
}

type Look = (client: HttpClient) => Promise<Sight>;

/** Every way of this application to find out who is signed in. */
export const SURFACES: Readonly<Record<string, Look>> = {
  'the page of the App Router': page('/dashboard'),
  'the route handler by cookies()': json('/api/note'),
  'the route handler by its request': json('/api/session'),
  'the API route of the Pages Router': json('/api/pages-session'),
  'the page with getServerSideProps': page('/profile'),
  'the API': json('/nest/me'),
};

/** Who each surface sees, one after the other, as a browser with these cookies. */
export async function lookEverywhere(client: HttpClient): Promise<Record<string, string | undefined>> {
  const seen: Record<string, string | undefined> = {};
  for (const [surface, look] of Object.entries(SURFACES)) seen[surface] = (await look(client)).name;
  return seen;
}

/** What {@link lookEverywhere} finds if all agree. */
export const everywhere = (name: string | undefined): Record<string, string | undefined> =>
  Object.fromEntries(Object.keys(SURFACES).map((surface) => [surface, name]));

function json(path: string): Look {
  return async (client) => {
    const response = await client.get(path);
    if (response.status === 401) return ANONYMOUS;
    if (response.status !== 200) throw new SurfaceError(response.status, await response.text());
    const { user, note, views } = (await response.json()) as { user: { name: string }; note?: string; views?: number };
    return { name: user.name, note, views };
  };
}

function page(path: string): Look {
  return async (client) => {
    const response = await client.get(path);
    const text = await response.text();
    if (response.status === 307 && response.headers.get('location')?.startsWith('/login')) return ANONYMOUS;
    if (response.status !== 200) throw new SurfaceError(response.status, text);
    const views = fact(text, 'Pages opened');
    return {
      name: fact(text, 'Signed in as'),
      note: fact(text, 'Note'),
      views: views === undefined ? undefined : Number(views),
    };
  };
}

/** The text beside a term of the list of facts. */
const fact = (html: string, term: string): string | undefined =>
  new RegExp(`<dt>${term}</dt><dd>([^<]*)</dd>`).exec(html)?.[1];
