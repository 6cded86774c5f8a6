/** The folder of package.json. This file stands one floor below it, bundled or compiled. */
export const ROOT = new URL('../', import.meta.url)
