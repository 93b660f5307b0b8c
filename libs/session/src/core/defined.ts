/** An object without its undefined properties. */
export type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** The properties of an object that have a value. A loop, because this runs for every request with a session. */
export function defined<T extends object>(object: T): Defined<T> {
  const kept: Partial<T> = {};
  for (const key of Object.keys(object) as (keyof T)[]) if (object[key] !== undefined) kept[key] = object[key];
  return kept as Defined<T>;
}
