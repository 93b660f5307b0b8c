import { post, get, type Answer } from '../http.js';
import type { ActBody, Beginning, Found, Seen } from '../servers/acts.js';
import type { ServerProcess } from '../server-process.js';
import type { Browser, Operation, OperationName, Pair } from '../../interleavings/operations.js';
import type { Random } from './random.js';

export const NOTHING: Seen = { live: false, data: {} };

export const ACTORS = ['A', 'B'] as const;
export type Actor = (typeof ACTORS)[number];

/** What came of an operation. */
export interface Outcome {
  readonly actor: Actor;
  readonly operation: Operation;
  /** The application that was asked. */
  readonly url: string;
  readonly answer: Answer;
  /** The session that the request came with, if it was live. */
  readonly handle: string | undefined;
}

/** A cookie that some response carried, and what it opens in the end. */
export interface GivenCookie {
  readonly cookie: string;
  /** Undefined for what the browsers had at the beginning. */
  readonly by: Actor | undefined;
  readonly browser: Browser;
  readonly seen: Seen;
  /** Whether one process opens what another one does not. */
  readonly disputed: boolean;
}

type Cookies = Partial<Record<Browser, string>>;

/** What two operations at once have left behind. */
export interface Attempt {
  readonly serial: string;
  readonly pair: Pair;
  readonly servers: readonly [ServerProcess, ServerProcess];
  readonly start: Cookies;
  readonly outcomes: readonly Outcome[];
  /** The same in the order in which the browser is given them. */
  readonly arrivals: readonly Outcome[];
  /** What browser B is left with; undefined without a cookie. */
  readonly left: string | undefined;
  readonly given: readonly GivenCookie[];
}

let serials = 0;

/** Two operations on one session, sent at once to two processes by clients with the same cookie. */
export async function attempt(
  servers: readonly [ServerProcess, ServerProcess],
  pair: Pair,
  random: Random,
): Promise<Attempt> {
  const serial = `${process.pid}-${serials++}`;
  const start = await prepare(servers[0], pair, serial);
  const processes = random() < 0.5 ? servers : ([servers[1], servers[0]] as const);
  const outcomes = await Promise.all(
    pair.names.map((name, n) => act(processes[n] as ServerProcess, pair, name, n, start, serial)),
  );
  const arrivals = random() < 0.5 ? outcomes : outcomes.toReversed();
  const left = arrivals
    .filter(({ operation }) => operation.browser === 'B')
    .reduce((had, { answer }) => received(had, answer), start.B);
  const given: GivenCookie[] = [];
  for (const browser of ['B', 'D'] as const) {
    const cookie = start[browser];
    if (cookie !== undefined) given.push({ cookie, by: undefined, browser, ...(await look(servers, cookie)) });
  }
  for (const { actor: by, answer, operation } of outcomes)
    if (answer.cookie && operation.browser)
      given.push({ cookie: answer.cookie, by, browser: operation.browser, ...(await look(servers, answer.cookie)) });
  return { serial, pair, servers, start, outcomes, arrivals, left, given };
}

/** What a browser has after an answer. */
const received = (had: string | undefined, { cookie }: Answer): string | undefined =>
  cookie === undefined ? had : cookie || undefined;

/** The sessions that a pair starts from, two minutes old. */
async function prepare(server: ServerProcess, { state, operations }: Pair, serial: string): Promise<Cookies> {
  const { past } = server.conflictUrls;
  const sign = async (browser: Browser, names: readonly (OperationName | Beginning)[]): Promise<string> => {
    let cookie: string | undefined;
    for (const name of names) {
      const body = { serial, handle: '', mark: browser } satisfies ActBody;
      const answer = await post(`${past}/acts/${name}`, cookie, body);
      if (answer.cookie) ({ cookie } = answer);
      if (answer.status !== 200 || !cookie) throw new Error(`${name} was answered ${answer.status}: ${answer.text}`);
    }
    return cookie as string;
  };
  if (state === 'none') return {};
  if (state === 'anonymous') return { B: await sign('B', ['begin']) };
  if (state === 'pending') return { B: await sign('B', ['beginPending']) };
  if (state === 'acting') return { B: await sign('B', ['beginSignedIn', 'impersonate']) };
  const B = await sign('B', ['beginSignedIn']);
  return operations.some(concernsOthers) ? { B, D: await sign('D', ['beginSignedIn']) } : { B };
}

/** Whether more sessions of a user than that of one browser are a part of it. */
const concernsOthers = ({ effect, browser }: Operation): boolean =>
  (effect.kind === 'revokes' && effect.user !== undefined) || effect.kind === 'updates' || browser === 'E';

async function act(
  server: ServerProcess,
  pair: Pair,
  name: OperationName,
  n: number,
  start: Cookies,
  serial: string,
): Promise<Outcome> {
  const operation = pair.operations[n] as Operation;
  const actor = ACTORS[n] as Actor;
  const url = applicationFor(server, name, pair.names);
  const cookie = operation.browser && start[operation.browser];
  const body = { serial, mark: actor, handle: nameOf(start.B) ?? '' } satisfies ActBody;
  const answer = await post(`${url}/acts/${name}`, cookie, body);
  const { handle } = answer.status === 200 ? (JSON.parse(answer.text) as Found) : {};
  return { actor, operation, url, answer, handle };
}

function applicationFor(server: ServerProcess, name: OperationName, names: readonly OperationName[]): string {
  const { aged, young, limited, refusing } = server.conflictUrls;
  if (name === 'rotateAfter') return aged;
  if (name === 'roll') return server.rollingUrl;
  if (names.includes('loginLimited')) return limited;
  if (names.includes('loginRefused')) return refusing;
  return names.includes('rotateAfter') ? young : server.url;
}

/** What a cookie opens in each of the processes. */
async function look(
  servers: readonly ServerProcess[],
  cookie: string,
): Promise<{ readonly seen: Seen; readonly disputed: boolean }> {
  const [here, there] = await Promise.all(servers.map((server) => seenAt(server, cookie)));
  const seen = here?.live ? here : (there ?? NOTHING);
  return { seen, disputed: here?.live !== there?.live };
}

/** What a cookie opens, by a request that changes nothing. */
export async function seenAt(server: ServerProcess, cookie: string): Promise<Seen> {
  const { status, text } = await get(`${server.url}/seen`, cookie);
  if (status !== 200) throw new Error(`A look was answered ${status}: ${text}`);
  return JSON.parse(text) as Seen;
}

/** What a cookie opens after its holder has stopped to act as another user. */
export async function seenBehind({ servers, serial }: Attempt, cookie: string): Promise<Seen> {
  const body = { serial, mark: '', handle: '' } satisfies ActBody;
  const answer = await post(`${servers[1].url}/acts/stop`, cookie, body);
  return answer.cookie ? seenAt(servers[0], answer.cookie) : NOTHING;
}

/** Whether changes of a session were refused where they were asked for. */
export async function wasRejected({ url, handle }: Outcome): Promise<boolean> {
  if (handle === undefined) return false;
  const { text } = await get(`${url}/rejected/${handle}`);
  return (JSON.parse(text) as { rejected: boolean }).rejected;
}

const partsOf = (cookie: string): string[] => decodeURIComponent(cookie).split(':')[1]?.split('.') ?? [];

/** The name of the session that a cookie opens, or has opened. */
export const nameOf = (cookie: string | undefined): string | undefined =>
  cookie === undefined ? undefined : partsOf(cookie)[0];

/** How many secrets of a session came before that of a cookie. */
export const generationOf = (cookie: string): number => Number(partsOf(cookie)[1]);
