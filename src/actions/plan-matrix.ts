/** `uses: …/actions/plan-matrix`: the matrix of a nightly run, Cluster API × provider ref × Kubernetes. It makes nothing: there is nothing to do afterwards. */
import { runAction } from '../host/action.ts'
import { show } from './watch.ts'

await runAction({
  name: 'plan-matrix',
  async main({ inputs, notice, say, sayFolded, signal }) {
    const [{ readInputs }, { readProviders }, { matrixJson, planMatrix }] = await Promise.all([
      import('../matrix/load.ts'),
      import('../matrix/checkout.ts'),
      import('../matrix/plan.ts'),
    ])
    const wanted = readInputs(inputs)
    const { providers, notices } = await readProviders(wanted.repository, wanted.refs, { signal, log: say, waiting: () => {} })
    const matrix = planMatrix(wanted, providers)
    for (const sentence of [...notices, ...matrix.notices]) notice(sentence)
    sayFolded(
      matrix.jobs.length === 1 ? '1 job' : `${matrix.jobs.length} jobs`,
      matrix.jobs.map(job => JSON.stringify(job)),
    )
    return { outputs: { matrix: matrixJson(matrix.jobs), count: String(matrix.jobs.length) } }
  },
  explain: show,
})
