/** What a page tells of a session. Plain values, so that getServerSideProps can hand them over. */
export interface Facts {
  readonly name: string;
  readonly handle: string;
  readonly signedInAt: string | null;
  readonly endsAt: string;
  readonly note: string | null;
  readonly views: number | null;
}

/** The facts as a list. The handle is the session's public name: it opens nothing. */
export function SessionFacts({ facts }: { readonly facts: Facts }) {
  return (
    <dl>
      <dt>Signed in as</dt>
      <dd>{facts.name}</dd>
      {facts.signedInAt !== null && (
        <>
          <dt>Since</dt>
          <dd>
            <Moment at={facts.signedInAt} />
          </dd>
        </>
      )}
      <dt>Ends at</dt>
      <dd>
        <Moment at={facts.endsAt} />
      </dd>
      {facts.views !== null && (
        <>
          <dt>Pages opened</dt>
          <dd>{facts.views}</dd>
        </>
      )}
      <dt>Note</dt>
      <dd>{facts.note ?? 'none yet'}</dd>
      <dt>Handle</dt>
      <dd>
        <code>{facts.handle}</code>
      </dd>
    </dl>
  );
}

// No session is older than a day, so the time of day says it all.
const Moment = ({ at }: { readonly at: string }) => <time dateTime={at}>{`${at.slice(11, 16)} UTC`}</time>;
