/** Files kept from the installation on; put in place when the worker is bundled. */
declare const NEOFORGE_PRECACHE: {url: string; revision: string | null}[];

/** What the running program says of itself; the server writes it before the worker. */
declare const NEOFORGE_SITE: import('./policy.js').Site;
