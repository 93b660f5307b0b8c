export function userOf(number: number, bytes: number): { id: string; name: string };
