/** What the shop sells. */
export const catalogue = [
  { sku: 'tea-green', name: 'Green tea', note: 'Sencha, 100 g' },
  { sku: 'tea-mint', name: 'Peppermint', note: 'Whole leaves, 50 g' },
  { sku: 'cup-blue', name: 'Blue cup', note: 'Stoneware, 300 ml' },
] as const;

export const nameOf = (sku: string): string => catalogue.find((product) => product.sku === sku)?.name ?? sku;
