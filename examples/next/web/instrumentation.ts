/** Runs when the server starts, not when it is built: what is missing is found before the first visitor. */
export async function register(): Promise<void> {
  // Next builds this file for the Edge runtime too, where Node's modules are not known.
  if (process.env.NEXT_RUNTIME === 'nodejs') await import('./lib/start-check.ts');
}
