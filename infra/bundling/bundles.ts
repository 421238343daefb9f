/** Where the bundles of functions are: the folder of each, by its name. */
export type Bundles = (entries: ReadonlyMap<string, string>) => (name: string) => string;
