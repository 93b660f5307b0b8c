import { MemorySessionStore } from '../../libs/session/src/stores/memory.store.js';
import { ManualClock } from '../support/manual-clock.js';
import { describeStoreContract } from './session-store.contract.js';
type S = any;
const mutants: Record<string, (s: S, clock: ManualClock) => void> = {
  saveIgnoresVersion: (s) => { s.save = async (k: string, r: any) => s.live(k) ? { status: 'saved', version: s.write(k, r) } : { status: 'missing' }; },
  saveCreates: (s) => { const save = s.save.bind(s); s.save = async (k: string, r: any, v: string) => { const x = await save(k, r, v); return x.status === 'missing' ? { status: 'saved', version: s.write(k, r) } : x; }; },
  renewCreates: (s) => { s.renew = async (k: string, r: any) => s.write(k, r); },
  renewOverwrites: (s) => { s.renew = async (k: string, r: any) => s.live(k) ? s.write(k, r) : undefined; },
  renewNothing: (s) => { s.renew = async (k: string) => s.live(k)?.text; },
  createOverwrites: (s) => { s.create = async (k: string, r: any) => s.write(k, r); },
  createRaces: (s) => { s.create = async (k: string, r: any) => { if (s.live(k)) return undefined; await null; return s.write(k, r); }; },
  saveRaces: (s) => { s.save = async (k: string, r: any, v: string) => { const c = s.stored(k); if (!c) return { status: 'missing' }; if (c.version !== v) return { status: 'changed', current: c }; await null; return { status: 'saved', version: s.write(k, r) }; }; },
  deleteSilent: (s) => { s.delete = async (k: string) => { s.entries.delete(k); return undefined; }; },
  deleteRaces: (s) => { s.delete = async (k: string) => { const c = s.stored(k); await null; s.entries.delete(k); return c; }; },
  deleteSoft: (s) => { s.delete = async (k: string) => s.stored(k); },
  ignoresExpiry: (s) => { s.live = (k: string) => s.entries.get(k); },
  staleCurrent: (s) => { const save = s.save.bind(s); let first: any; s.save = async (k: string, r: any, v: string) => { first ??= s.stored(k); const x = await save(k, r, v); return x.status === 'changed' ? { status: 'changed', current: first } : x; }; },
  versionIsData: (s) => { s.create = async (k: string, r: any) => { if (s.live(k)) return undefined; s.write(k, r); return JSON.stringify(r); }; },
  sharesOut: (s) => { const cache = new Map(); const read = s.read.bind(s); s.read = async (k: string) => { const x = await read(k); if (!x) return x; if (!cache.has(x.version)) cache.set(x.version, x); return cache.get(x.version); }; },
  caseInsensitive: (s) => { for (const m of ['read', 'create', 'save', 'renew', 'delete']) { const f = s[m].bind(s); s[m] = (k: string, ...a: any[]) => f(k.toLowerCase(), ...a); } },
  dropsAuth: (s) => { const c = s.create.bind(s); s.create = (k: string, { authenticatedAt: _a, ...r }: any) => c(k, r); },
  throwsOnMissing: (s) => { const r = s.read.bind(s); s.read = async (k: string) => { const x = await r(k); if (!x) throw new Error('missing'); return x; }; },
};
for (const [name, mutate] of Object.entries(mutants)) describeStoreContract(name, async () => {
  const clock = new ManualClock(); const store = new MemorySessionStore({ clock }); mutate(store, clock);
  return { store, clock, cleanup: () => store.close() };
});
