/** Keys of everything that belongs to one site in the bucket of sites. */
export function siteKeys(site: string) {
  return {
    /** Says which version is published: the only object that ever changes. */
    pointer: `${site}/current.json`,
    page: (version: string, path: string) => `${site}/versions/${version}/${path}`,
    /** Beside the folder of its version, since a site may have a page of any name. */
    versionRecord: (version: string) => `${site}/versions/${version}.json`,
    report: (jobId: string, attempt: number, extension: 'json' | 'md') =>
      `${site}/reports/${jobId}-${attempt}.${extension}`,
  };
}
