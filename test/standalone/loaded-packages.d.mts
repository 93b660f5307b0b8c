export function print(file: string): void;
