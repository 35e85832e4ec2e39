/** Files kept from the installation on; put in place when the worker is bundled. */
declare const NEOFORGE_PRECACHE: {url: string; revision: string | null}[];
