import { readFileSync, writeFileSync } from 'node:fs';
import { it } from 'vitest';
import { differences } from './differences.js';
import { expectedRows } from './docs-table.js';
it('fill', () => {
  const p = new URL('../../docs/conformance.md', import.meta.url);
  const t = [
    '| What | express-session | nest-session | Why | Seen in |',
    '| --- | --- | --- | --- | --- |',
    ...expectedRows(differences).map((r) => `| ${r.join(' | ')} |`),
  ].join('\n');
  writeFileSync(
    p,
    readFileSync(p, 'utf8').replace(
      /<!-- differences -->[^]*<!-- differences end -->/,
      () => `<!-- differences -->\n\n${t}\n\n<!-- differences end -->`,
    ),
  );
});
