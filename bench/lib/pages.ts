// Puts what was measured into pages, between `<!-- bench:NAME -->` and `<!-- /bench -->`.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const rootFile = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Writes a file of the repository as its formatter would have it. */
export async function writeFormatted(path: string, text: string): Promise<void> {
  const file = rootFile(path);
  await writeFile(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}

/** @throws Error if the page has a place for what there is not, or none at all */
export function withSections(page: string, sections: Readonly<Record<string, string>>): string {
  const places = /(<!-- bench:(\w+) -->\n)[^]*?(<!-- \/bench -->)/g;
  if (page.search(places) === -1) throw new Error('The page has no place for what was measured.');
  return page.replace(places, (_, begin: string, name: string, end: string) => {
    const section = sections[name];
    if (section === undefined) throw new Error(`The page has a place for "${name}", which there is not.`);
    return `${begin}\n${section}\n\n${end}`;
  });
}

/** @param path of the page, from the root of the repository */
export async function writePage(path: string, sections: Readonly<Record<string, string>>): Promise<void> {
  await writeFormatted(path, withSections(await readFile(rootFile(path), 'utf8'), sections));
}
