/** Keys of everything that belongs to one target in the bucket of sites. */
export function targetKeys(target: string) {
  return {
    /** Says which version is published: the only object that ever changes. */
    pointer: `${target}/current.json`,
    page: (version: string, path: string) => `${target}/versions/${version}/${path}`,
    /** Beside the folder of its version, since a site may have a page of any name. */
    versionRecord: (version: string) => `${target}/versions/${version}.json`,
  };
}
