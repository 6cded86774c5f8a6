import { Command, Option } from 'commander'
import { addAbout } from './cli/about.js'
import { addInput } from './cli/input.js'
import { addThreads } from './cli/options.js'
import { number, whole } from './cli/parsers.js'
import { run } from './cli/run.js'
import { packModel } from './pack/pack-model.js'

await run(
  addThreads(
    addAbout(
      addInput(
        new Command('npm run pack --')
          .description(
            'Makes a model folder of what another program has learnt: of one of --graph, --factors and --matrix. See docs/model.md.'
          )
          .option('--graph <file>', 'an ONNX graph that keeps the contract of docs/model.md')
          .option('--factors <file>', 'item factors: .npy, .npz of `implicit`, Parquet or a folder of it, a table of ids and numbers')
          .option('--matrix <file>', 'what each item adds to the scores of others: .npz of scipy, .npy')
          .option('--items <file>', 'the ids of the items, in the order of the rows: one a line, a table, a JSON list, .npy')
          .requiredOption('--out <folder>', 'the version folder to write, models/NAME/VERSION'),
        false
      )
        .option('--like <rating>', 'a rating of at least this is a like (default: the data decides)', number(-1e9, 1e9))
        .option('--order', 'of a graph: the order of a history matters to it', false)
        .option('--linear', 'of a graph: a score is a sum over the entries of the history', false)
        .addOption(new Option('--pad <side>', 'of a graph: where histories are padded (default: right)').choices(['left', 'right']))
        .option('--max-history <n>', 'of a graph: how long a history may be; the newest entries are kept', whole(1, 1e6))
        .addOption(
          new Option('--fold-in <kind>', 'of factors: how a history becomes a user, as least squares do it or by a sum')
            .choices(['als', 'sum'])
            .default('als')
        )
        .option(
          '--lambda <weight>',
          'λ, the regularization that the factors were learnt with (default: what the file says, or 0.01)',
          number(0, 1e9)
        )
        .option('--alpha <weight>', 'α, what a like weighs beside what nobody rated (default: what the file says, or 1)', number(0, 1e9))
        .option('--alpha0 <weight>', 'α₀, weight of what nobody rated (default: 1)', number(0, 1e9))
        .option('--fold-in-likes <n>', 'n̄, how many likes are expected of a user (default: the mean)', number(1e-3, 1e6))
    )
  ).action(options => packModel(options, line => void process.stdout.write(`${line}\n`)))
)
