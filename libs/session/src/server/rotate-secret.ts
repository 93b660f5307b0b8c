import type { SecretState, SessionRecord } from '../core/record.js';
import { personOf } from '../core/user-key.js';
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
      // Another request has rotated it by age meanwhile: both send the same new token.
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
   * A request that has authenticated at least as strongly as the faster rotation gets the same secret: their responses may
   * arrive in any order.
   * @throws `SessionRotatedError` if it has not
   */
  private joined(held: HeldSession, theirs: SessionRecord, { proves }: Rotation): string {
    const { secret, facts = {} } = theirs;
    const { userKey } = this.context.options;
    const entitled =
      proves !== undefined &&
      secret?.by === 'proof' &&
      !facts.actor &&
      personOf(theirs, userKey) === personOf(held.stored.record, userKey) &&
      proves >= (facts.aal ?? 1);
    const token = entitled ? this.names.tokenAfter(held.token, theirs) : undefined;
    if (token === undefined) throw new SessionRotatedError();
    return token;
  }
}

/** A record without a secret cannot be opened, so no request can get here with one. */
function requireSecret({ secret }: SessionRecord): SecretState {
  if (!secret) throw new SessionRotatedError();
  return secret;
}
