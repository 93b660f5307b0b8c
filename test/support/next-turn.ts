/** Resolves when everything that waits for the next turn of the event loop has run: listeners have heard. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
