import type { Found } from './compare.js';

/** Something that is not the same on purpose. */
export interface Difference {
  readonly what: string;
  readonly expressSession: string;
  readonly nestSession: string;
  readonly reason: string;
  /** Where it shows, by script: `<step> <aspect>`. */
  readonly in?: Readonly<Record<string, readonly string[]>>;
  /** Where it shows in every script. */
  readonly everywhere?: (found: Found) => boolean;
}

/** Whether a difference accounts for what was found. */
export const covers = (difference: Difference, found: Found): boolean =>
  difference.everywhere?.(found) === true ||
  difference.in?.[found.script]?.includes(`${found.step} ${found.aspect}`) === true;

const entries = (value: unknown): [string, unknown][] => Object.entries(value ?? {});

/** The only difference is an instant in the store where express-session has none. */
const onlyDeadlinesAdded = ({ expressSession, nestSession }: Found): boolean => {
  const theirs = new Map(entries(expressSession));
  const ours = entries(nestSession);
  return ours.length === theirs.size && ours.every(([id, at]) => theirs.get(id) === null || theirs.get(id) === at);
};

/** Every difference on purpose. docs/conformance.md prints this table. */
export const differences: readonly Difference[] = [
  {
    what: 'A save that fails',
    expressSession: 'The response has left: 200 with a cookie of no session, and an error that no handler can answer.',
    nestSession: '503 with Retry-After, without the cookie and without the answer.',
    reason: 'An answer must not say that something was kept when it was not.',
    in: {
      'set fails for a new session': [
        '1 status',
        '1 body',
        '1 cookies',
        '1 late errors',
        '1 header etag',
        '1 header retry-after',
      ],
      'set fails for a new session, defaults': [
        '1 status',
        '1 body',
        '1 cookies',
        '1 late errors',
        '1 header content-type',
        '1 header etag',
        '1 header retry-after',
      ],
      'set fails for a stored session': [
        '2 status',
        '2 body',
        '2 late errors',
        '2 header etag',
        '2 header retry-after',
      ],
      'set fails before a redirect': [
        '2 status',
        '2 body',
        '2 cookies',
        '2 header content-type',
        '2 header etag',
        '2 header retry-after',
      ],
      'unset destroy: the store fails': [
        '2 status',
        '2 body',
        '2 late errors',
        '2 header content-type',
        '2 header etag',
        '2 header retry-after',
      ],
    },
  },
  {
    what: 'A session that cannot be read',
    expressSession: '`next(error)`, mostly a 500, for every request with a cookie.',
    nestSession:
      'Reading `req.session` throws an error with status 503; a route that does not ask for the session answers.',
    reason: 'It is an outage and not a bug, and it concerns requests that need the session.',
    in: {
      'get fails': ['2 status', '2 header retry-after'],
      'get throws': ['2 status', '2 header retry-after'],
      'get fails, and nothing asks': ['2 status', '2 body'],
    },
  },
  {
    what: 'A store that is disconnected',
    expressSession: 'Requests run without a session: `req.session` is undefined.',
    nestSession: 'As a session that cannot be read: 503 for requests that ask for it.',
    reason: 'Code that reads `req.session.user` breaks, and code that tests for it signs all users out.',
    in: {
      'the store is disconnected, and connected again': [
        '2 status',
        '2 body',
        '2 header content-type',
        '2 header retry-after',
      ],
    },
  },
  {
    what: 'A renewal that fails',
    expressSession: 'An error after the answer.',
    nestSession: 'The answer leaves, without a cookie that has the new deadline, and the next request tries again.',
    reason: 'A cookie must not outlive its session, and a read does not depend on the renewal.',
    in: {
      'set fails for a renewal that the browser is told of': ['2 stored expiry'],
      'touch fails, and no cookie depends on it': ['2 late errors'],
    },
  },
  {
    what: '`destroy()` and `regenerate()` when the store fails',
    expressSession: '`req.session` is gone or new, and the old session lives on in the store and in the browser.',
    nestSession: 'The callback gets the error, and `req.session` is still what it was.',
    reason: 'A logout that did not happen must not look as if it did.',
    in: {
      'destroy() is told that the store failed': ['2 body'],
      'regenerate() is told that the store failed': ['2 body', '2 cookies', '2 stored', '2 stored expiry'],
    },
  },
  {
    what: '`destroy()` before its callback',
    expressSession: '`req.session` is undefined at once.',
    nestSession: '`req.session` is undefined when the store has deleted it.',
    reason: 'The same: until then it may fail.',
    in: { 'destroy without waiting': ['2 body'] },
  },
  {
    what: 'The cookie of a session that ended',
    expressSession: 'Stays in the browser.',
    nestSession: 'Is taken out of the browser by the response, with the attributes it was set with.',
    reason: 'Nothing of a session is left behind, and the next requests ask no store for it.',
    in: {
      destroy: ['2 cookies'],
      'destroy with every attribute': ['2 cookies'],
      'destroy without waiting': ['2 cookies'],
      'unset destroy: set to null': ['2 cookies'],
      'unset destroy: deleted from the request': ['2 cookies'],
      'genid makes a name of every object': ['4 cookies'],
      'a session that ended while the request ran is not saved again': ['2 cookies'],
      'a store that calls back at once': ['3 cookies'],
    },
  },
  {
    what: '`regenerate()` and nothing written, `saveUninitialized: false`',
    expressSession: 'An empty session is stored and its cookie sent.',
    nestSession: 'Nothing is stored, and the old cookie is taken out of the browser.',
    reason: 'That is what `saveUninitialized: false` asks for, and what a logout means.',
    in: {
      'regenerate and write nothing': ['2 cookies', '2 stored', '2 stored expiry', '3 stored', '3 stored expiry'],
      'sign in and out': ['4 cookies', '4 stored', '4 stored expiry', '5 stored', '5 stored expiry'],
    },
  },
  {
    what: 'An id that was rotated away a moment ago',
    expressSession: 'Begins a new session with a cookie of its own.',
    nestSession: 'For a minute its requests are anonymous: what they write is not saved, and they get no cookie.',
    reason: 'A request that was on its way during a login must not replace the cookie of the login.',
    in: {
      'regenerate: a request with the old id writes': [
        '4 cookies',
        '4 stored',
        '4 stored expiry',
        '5 stored',
        '5 stored expiry',
      ],
    },
  },
  {
    what: 'What stands under such an id',
    expressSession: 'Nothing.',
    nestSession: 'A record without values, for a minute.',
    reason: 'It is how such an id is known in every process.',
    everywhere: ({ aspect, expressSession }) =>
      aspect === 'tombstones' && Array.isArray(expressSession) && expressSession.length === 0,
  },
  {
    what: 'Caches',
    expressSession: 'No header.',
    nestSession: 'A response that sets the cookie says `Cache-Control: no-store` and `Vary: Cookie`.',
    reason: 'A cache that keeps it hands one visitor’s session to the next.',
    everywhere: ({ aspect, expressSession, nestSession }) =>
      (aspect === 'header cache-control' && nestSession === 'no-store') ||
      (aspect === 'header vary' &&
        nestSession === (typeof expressSession === 'string' ? `${expressSession}, Cookie` : 'Cookie')),
  },
  {
    what: 'Max-Age',
    expressSession: '`Expires` alone.',
    nestSession: '`Expires` and `Max-Age`.',
    reason: 'Max-Age does not depend on the clock of the browser, and wins in all of them.',
    everywhere: ({ aspect, expressSession }) =>
      aspect === 'max-age' && Array.isArray(expressSession) && expressSession.every((one) => one === null),
  },
  {
    what: 'Small answers by `res.end()`',
    expressSession: 'Chunked, in two parts, whenever the session is saved or touched.',
    nestSession: 'In one part, with a Content-Length.',
    reason: 'The response is held back as a whole until the session is saved.',
    everywhere: ({ aspect, expressSession, nestSession }) =>
      (aspect === 'header transfer-encoding' && expressSession === 'chunked' && nestSession === undefined) ||
      (aspect === 'header content-length' && expressSession === undefined && nestSession === 'present'),
  },
  {
    what: 'The deadline of a session whose cookie ends with the browser',
    expressSession: 'None in the store: MemoryStore keeps it for ever, other stores as long as they choose.',
    nestSession: 'A day after its last use, in the store too.',
    reason: 'A session that no client can use any more must end.',
    everywhere: (found) => found.aspect === 'stored expiry' && onlyDeadlinesAdded(found),
    in: { 'no maxAge: a session that was not used for two days': ['2 body', '2 stored', '2 stored expiry'] },
  },
  {
    what: 'Renewals are throttled',
    expressSession: 'Every request touches the store, and waits for it.',
    nestSession: 'At most once per tenth of the idle timeout.',
    reason: 'A write for every read costs, and the deadline is a tenth off at most.',
    in: {
      'a read soon after: the deadline in the store': ['2 stored expiry'],
      'cookie.maxAge counts down within a request': ['2 stored expiry'],
      'cookie.maxAge of one session': ['3 stored expiry'],
    },
  },
  {
    what: 'A renewal reaches the browser',
    expressSession: 'Touching moves the deadline in the store only: the browser drops the cookie of a live session.',
    nestSession: 'A renewal of a cookie with a maxAge sends it again, and so does `session.touch()`.',
    reason: 'Store and browser agree, so a session that is used does not end.',
    in: {
      'a read later: the deadline in the browser': ['2 cookies', '3 body', '3 cookies', '3 stored expiry'],
      'session.touch()': ['2 cookies'],
    },
  },
  {
    what: 'How a renewal is stored that reaches the browser',
    expressSession: 'By `touch`, as every renewal.',
    nestSession: 'By `set`; others by `touch`.',
    reason: 'Only a write tells whether the session still goes on with the cookie that is sent.',
    in: { 'touch fails': ['2 late errors', '2 cookies', '2 stored expiry'] },
  },
  {
    what: 'A change of the cookie alone',
    expressSession: 'Is stored by the touch, and the browser is not told.',
    nestSession: 'Is saved and sent.',
    reason: 'The application asked for it.',
    in: { 'cookie.maxAge changes and nothing else': ['2 cookies'] },
  },
  {
    what: '`cookie.expires = false`',
    expressSession: 'Is stored as `false`; the cookie is then sent with every change.',
    nestSession: 'Is stored as `null`, as of a cookie without a maxAge from the start; the cookie is sent once.',
    reason: 'One spelling for one thing. Records with `false` are read as that.',
    in: {
      'cookie.expires false: until the browser closes': ['2 stored', '3 body', '3 stored', '4 cookies', '4 stored'],
    },
  },
  {
    what: 'An older secret',
    expressSession: 'The cookie keeps its signature until something else sends it.',
    nestSession: 'The cookie is sent again, signed with the newest secret.',
    reason: 'A secret on its way out can be removed as soon as its users have sent a request.',
    in: { 'a cookie with the signature of an older secret': ['2 cookies', '3 cookies'] },
  },
  {
    what: 'Several cookies of the name',
    expressSession: 'The first one counts.',
    nestSession: 'The one that names a live session counts; with two of them the request is anonymous.',
    reason: 'Which one comes first depends on paths, domains and ages, and others can add one.',
    in: {
      'two cookies of the name, the second of them ours': ['2 body'],
      'two cookies of the name, both of live sessions': ['4 body'],
    },
  },
  {
    what: '`cookie.secure: true` over http',
    expressSession: 'A new session is stored, and no cookie sent.',
    nestSession: 'Neither; the log says why, once.',
    reason: 'A record whose cookie no client has is waste.',
    in: { 'cookie.secure over http': ['1 stored', '1 stored expiry', '2 stored', '2 stored expiry'] },
  },
  {
    what: "`cookie` as a function, with `secure: 'auto'`",
    expressSession: "'auto' counts as true: no cookie over http.",
    nestSession: "'auto' follows the request.",
    reason: 'It means the same in both forms of the option.',
    in: { "cookie as a function, cookie.secure 'auto'": ['1 cookies', '1 stored'] },
  },
  {
    what: '`cookie.path` that a path only begins like',
    expressSession: '`/application` belongs to `/app`.',
    nestSession: 'It does not.',
    reason: 'Browsers do not send the cookie there (RFC 6265).',
    in: { 'cookie.path: a path that only begins alike': ['1 body', '1 cookies', '1 stored', '1 stored expiry'] },
  },
  {
    what: '`save()` of a new session that nothing was written to',
    expressSession: 'Is stored, and no cookie sent.',
    nestSession: 'Is stored, and the cookie sent.',
    reason: 'A record whose cookie no client has is waste.',
    in: { 'save of a session that nothing was written to': ['1 cookies'] },
  },
  {
    what: 'A new session that changes after the first byte',
    expressSession: 'Is stored, and no cookie sent.',
    nestSession: 'Is not stored, which the log and the `rejected` event say.',
    reason: 'The same.',
    in: {
      'a stream: a new session changes after the first byte': [
        '1 stored',
        '1 stored expiry',
        '2 stored',
        '2 stored expiry',
      ],
    },
  },
  {
    what: 'Another object in place of `req.session`',
    expressSession: 'The request is never answered.',
    nestSession: 'The assignment throws and says what to do.',
    reason: 'A mistake should be seen where it is made.',
    in: {
      'another object is put in place of the session': [
        '2 status',
        '2 body',
        '2 header x-powered-by',
        '2 header content-type',
        '2 header etag',
      ],
    },
  },
  {
    what: 'Another id in place of `req.sessionID`',
    expressSession: 'The cookie carries it, and the session is stored under its own: it is lost.',
    nestSession: 'The assignment throws. (What is no string is taken as in express-session: nothing is saved or sent.)',
    reason: 'It is documented as read-only.',
    in: { 'another id is assigned': ['2 status', '2 body', '2 cookies', '3 body'] },
  },
  {
    what: '`genid` that makes no string, or one that no cookie can carry',
    expressSession: 'The request runs, and its session is silently not saved.',
    nestSession: 'Asking for the session throws.',
    reason: 'A mistake should be seen where it is made.',
    in: { 'genid makes no string': ['1 status', '1 body', '1 header content-type'] },
  },
  {
    what: 'No secret',
    expressSession: 'Every request fails, unless `req.secret` is set.',
    nestSession: '`session()` throws.',
    reason: 'A mistake should be seen at the start.',
    in: { 'no secret': ['0 refused'] },
  },
  {
    what: 'A record without a cookie',
    expressSession: 'Every request of that browser fails.',
    nestSession: 'It is no session, and a new one takes its place.',
    reason: 'One broken record must not lock a browser out.',
    in: { 'a record without a cookie': ['2 status', '2 body', '2 header content-type'] },
  },
  {
    what: 'Keys `constructor`, `prototype`, `__proto__` and `__nest_session`',
    expressSession: 'Stored, except `__proto__`. Those that every object has are lost when the session is read.',
    nestSession: 'Not stored. The others that every object has are lost when the session is read, too.',
    reason: 'They change what an object is; the last one holds what this library keeps of a session.',
    in: { 'values with the names of properties of every object': ['1 stored', '2 stored'] },
  },
];
