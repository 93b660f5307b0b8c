/** Reports an option's problem and its fix. */
export type Report = (path: string, problem: string) => void;
