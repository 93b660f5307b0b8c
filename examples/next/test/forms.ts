import type { HttpClient } from '../../../test/support/http-client.js';

/**
 * Sends a form of a page to its server action, as a browser without JavaScript does.
 * @param mark what stands in the form that is meant, if there are several
 */
export async function submit(
  client: HttpClient,
  path: string,
  mark: string,
  values: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const page = await (await client.get(path)).text();
  const form = page.match(/<form\b.*?<\/form>/gs)?.find((text) => text.includes(mark));
  if (form === undefined) throw new Error(`${path} has no form with ${mark}`);
  const data = new FormData();
  for (const [tag] of form.matchAll(/<input\b[^>]*type="hidden"[^>]*>/g)) {
    data.append(attribute(tag, 'name'), attribute(tag, 'value'));
  }
  for (const [name, value] of Object.entries(values)) data.append(name, value);
  const encoded = new Response(data);
  return client.request('POST', path, {
    body: await encoded.text(),
    headers: { 'content-type': encoded.headers.get('content-type') ?? '', origin: new URL(client.baseUrl).origin },
  });
}

const attribute = (tag: string, name: string): string => {
  const [, value = ''] = new RegExp(`\\b${name}="([^"]*)"`).exec(tag) ?? [];
  return value.replaceAll('&quot;', '"').replaceAll('&#x27;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&');
};
