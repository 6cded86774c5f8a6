import { isIP } from 'node:net'

/** Settings that are lists, joined by commas: what an entry may be, for the validator and in words. */
export const LISTS: Record<string, { isEntry: (text: string) => boolean; words: string }> = {
  'api-keys': { isEntry: text => /^[!-+\--~]{16,200}$/.test(text), words: 'keys of 16 to 200 printable characters, joined by commas' },
  origins: {
    isEntry: text => text === '*' || isOrigin(text) || isSubdomains(text),
    words: 'origins such as https://example.com or https://*.example.com, joined by commas, or *'
  },
  networks: { isEntry: isNetwork, words: 'addresses or networks such as 10.0.0.0/8, joined by commas' }
}

/** The entries of a setting that is a list. */
export const entriesOf = (text: string): string[] => (text === '' ? [] : text.split(',').map(entry => entry.trim()))

const isOrigin = (text: string): boolean => !text.includes('*') && URL.canParse(text) && new URL(text).origin === text

/** All subdomains of a name that has a dot itself: `https://*.com` would be everybody. */
function isSubdomains(text: string): boolean {
  const parent = text.replace('://*.', '://')
  if (parent === text || !isOrigin(parent)) return false
  const { hostname } = new URL(parent)
  return hostname.includes('.') && isIP(hostname) === 0
}

function isNetwork(text: string): boolean {
  const [address, prefix, ...more] = text.split('/')
  const most = { 4: 32, 6: 128 }[isIP(address)]
  return most !== undefined && more.length === 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= most))
}
