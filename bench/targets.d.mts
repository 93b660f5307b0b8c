type Value = (figures: Record<string, (kind: string) => number>) => number;

export const TARGETS: readonly { name: string; scenario?: string; part?: string; value: Value }[];
export const WATCHED: readonly { name: string; scenario: string; value: Value }[];
