/** A path prefix: segments, each after a slash, none of them `.` or `..`. It may stand in HTML as it is. */
export const PREFIX = '(/(?!\\.{1,2}(/|$))[A-Za-z0-9._~-]+)+'

const pattern = new RegExp(`^${PREFIX}$`)

export const isPrefix = (text: string): boolean => pattern.test(text)
