import type { SecretState, SessionRecord } from '../core/record.js';
import { personOf } from '../registry/index-keys.js';
import type { EngineContext } from '../engine/engine-context.js';
import type { HeldSession, RotatedSession, Rotation } from '../engine/session-engine.js';
import type { SessionNames } from '../engine/session-names.js';
import { SessionRotatedError } from '../errors/session-state.errors.js';
import type { IndexedRecords } from './indexed-records.js';
import type { SessionReplacement } from './replace-session.js';

/** Gives a session another secret, in place and by one conditional save. */
export class SecretRotation {
  constructor(
    private readonly context: EngineContext,
    private readonly names: SessionNames,
    private readonly records: IndexedRecords,
    private readonly replacement: SessionReplacement,
  ) {}

  /** See {@link SessionEngine.rotate}. */
  async rotate(held: HeldSession, rotation: Rotation): Promise<RotatedSession | undefined> {
    if (!this.names.rotatesInPlace) return this.replacement.move(held, rotation);
    const { key, stored: known } = held;
    let given: { readonly token: string; readonly generation: number } | undefined;
    let joined = true;
    const stored = await this.records.write(key, known, (theirs) => {
      const secret = requireSecret(theirs);
      const record = rotation.next(theirs);
      given = undefined;
      joined = true;
      if (secret.floor > held.generation) {
        given = { token: this.joined(held, theirs, rotation), generation: secret.generation };
        return { record: { ...record, secret } };
      }
      // Another request has renewed it by age meanwhile: one secret, which both of them send.
      if (rotation.by === 'age' && secret.generation !== known.record.secret?.generation)
        return { record: { ...record, secret } };
      joined = false;
      const { rotationGrace: grace = 0 } = this.context.options;
      const next = this.names.next(held.token, secret, rotation.by, { now: this.context.now(), grace });
      given = { token: next.token, generation: next.secret.generation };
      return { record: { ...record, secret: next.secret } };
    });
    if (!stored) return undefined;
    if (given) return { ...held, ...given, stored, send: given.token, joined };
    return { ...held, stored, send: this.names.current(held.token, stored.record, this.context.now()), joined };
  }

  /**
   * A request that proves as much as the rotation that was quicker is given the same secret: their answers may arrive in
   * any order.
   * @throws `SessionRotatedError` if it may not be
   */
  private joined(held: HeldSession, theirs: SessionRecord, { proves }: Rotation): string {
    const { secret, facts = {} } = theirs;
    const entitled =
      proves !== undefined &&
      secret?.by === 'proof' &&
      !facts.actor &&
      String(personOf(theirs)) === String(personOf(held.stored.record)) &&
      proves >= (facts.aal ?? 1);
    const token = entitled ? this.names.tokenAfter(held.token, theirs) : undefined;
    if (token === undefined) throw new SessionRotatedError();
    return token;
  }
}

/** A record of ours without a secret opened to nobody, so no request can be here with one. */
function requireSecret({ secret }: SessionRecord): SecretState {
  if (!secret) throw new SessionRotatedError();
  return secret;
}
