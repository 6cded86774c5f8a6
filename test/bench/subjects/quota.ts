import { existsSync } from 'node:fs'
import { mkdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const V1 = '/sys/fs/cgroup/cpu'
const V2 = '/sys/fs/cgroup'
const PERIOD_US = 100_000

/** A share of a vCPU, as `docker run --cpus` gives it. */
export interface Quota {
  /** Takes a process in, with all its threads. */
  hold(pid: number): Promise<void>
  /** To be called when its processes are gone. */
  remove(): Promise<void>
}

/** @throws Error where control groups are not to be had: not on Linux, or not as root */
export async function quota(name: string, cpus: number): Promise<Quota> {
  const v1 = existsSync(join(V1, 'cpu.cfs_quota_us'))
  const dir = join(v1 ? V1 : V2, name)
  const us = Math.round(cpus * PERIOD_US)
  try {
    await mkdir(dir, { recursive: true })
    if (v1) {
      await writeFile(join(dir, 'cpu.cfs_period_us'), `${PERIOD_US}`)
      await writeFile(join(dir, 'cpu.cfs_quota_us'), `${us}`)
    } else await writeFile(join(dir, 'cpu.max'), `${us} ${PERIOD_US}`)
  } catch (error) {
    throw new Error(`instances of a share of a vCPU need Linux and root: ${(error as Error).message}`, { cause: error })
  }
  return {
    hold: pid => writeFile(join(dir, 'cgroup.procs'), `${pid}`),
    remove: () => rmdir(dir)
  }
}
