// A plug-in of Stryker: says of each gap as soon as it is found, for a run takes long, and one that is stopped leaves no report.
import { describe, isGap } from './gaps.mjs'

class GapReporter {
  onMutantTested(mutant) {
    if (isGap(mutant)) console.log(describe(mutant))
  }
}

export const strykerPlugins = [{ kind: 'Reporter', name: 'gaps', injectableClass: GapReporter }]
