/** Removes indentation and comments for browsers. */
const compact = (source: string): string => source.replace(/^\s+(?:\/\/.*\n\s*)?/gm, '');

/**
 * The script by which a page warns of the end of its session. It has no dependencies, works with a strict
 * Content-Security-Policy, and takes its texts from the attributes of its own element: see docs/timeouts.md.
 */
export const EXPIRY_SCRIPT = compact(`(() => {
  'use strict';
  const me = document.currentScript;
  const url = new URL(me.src.slice(0, me.src.lastIndexOf('/')));
  const text = (name, otherwise) => me.dataset[name] || otherwise;
  const before = Number(text('warn', 120)) * 1000;
  const login = text('login', '/');
  // Other tabs of the same session.
  const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('nest-session:' + url.pathname) : undefined;
  let state, offset = 0, timer, clock, opened, gone, refused = 0;

  const dialog = document.createElement('dialog');
  dialog.className = 'session-expiry';
  dialog.setAttribute('role', 'alertdialog');
  dialog.setAttribute('aria-labelledby', 'session-expiry-title');
  dialog.setAttribute('aria-describedby', 'session-expiry-text');
  const add = (tag, id, content) => {
    const element = document.createElement(tag);
    element.id = 'session-expiry-' + id;
    element.textContent = content;
    return dialog.appendChild(element);
  };
  add('h2', 'title', text('title', 'Are you still there?'));
  const message = add('p', 'text', '');
  const stay = add('button', 'stay', text('stay', 'Stay signed in'));
  const close = add('button', 'close', text('close', 'Close'));
  stay.type = close.type = 'button';

  // The browser's clock may be wrong: the server's counts.
  const left = () => state.expiresAt - (Date.now() + offset);
  const final = () => state.absoluteExpiresAt !== null && state.absoluteExpiresAt <= state.expiresAt;

  const leave = () => {
    stop();
    // Once: the clock of this tab and the word of another one may come together.
    if (gone) return;
    gone = true;
    if (tabs) tabs.postMessage({ over: true });
    const page = location.pathname + location.search;
    const to = new URL(login, location.href);
    to.searchParams.set('returnTo', page);
    location.assign(to);
  };
  const stop = () => {
    clearTimeout(timer);
    clearInterval(clock);
    opened = false;
    if (dialog.open) dialog.close();
  };

  const ask = async (method) => {
    const sent = Date.now();
    let answer;
    try {
      answer = await fetch(url, { method, credentials: 'same-origin', cache: 'no-store' });
    } catch {}
    if (answer && answer.status === 401) return state ? leave() : undefined;
    if (!answer || !answer.ok) {
      // Out of reach for now. At the end the login page is shown all the same.
      return state && left() <= 0 ? leave() : again(5000 * ++refused);
    }
    refused = 0;
    const next = await answer.json();
    const difference = next.now - (sent + Date.now()) / 2;
    take(next, difference);
    if (tabs) tabs.postMessage({ next, difference });
  };
  const again = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(ask, Math.min(Math.max(ms, 0), 2 ** 31 - 1, 3600000), 'GET');
  };

  const take = (next, difference) => {
    state = next;
    offset = difference;
    if (state.expiresAt === null) return stop();
    if (left() <= 0) return leave();
    if (left() > before) {
      stop();
      return again(left() - before);
    }
    warn();
    again(left() + 500);
  };

  const warn = () => {
    if (opened) return tick();
    opened = true;
    stay.hidden = final();
    tick();
    dialog.showModal();
    clearInterval(clock);
    clock = setInterval(tick, 1000);
  };
  const tick = () => {
    const seconds = Math.max(0, Math.ceil(left() / 1000));
    const time = Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0');
    const words = final()
      ? text('final', 'You will be signed out in {time}. Save your work.')
      : text('text', 'You will be signed out in {time}.');
    message.textContent = words.replace('{time}', time);
  };

  stay.addEventListener('click', () => ask('POST'));
  close.addEventListener('click', () => dialog.close());
  if (tabs) tabs.onmessage = ({ data }) => (data.over ? state && ask('GET') : take(data.next, data.difference));
  // Timers sleep with the machine, and Back may show a page of long ago.
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && ask('GET'));
  window.addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    gone = false;
    ask('GET');
  });
  const start = () => (document.body.appendChild(dialog), ask('GET'));
  if (document.body) start();
  else document.addEventListener('DOMContentLoaded', start);
})();
`);
