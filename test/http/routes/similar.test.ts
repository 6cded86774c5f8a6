import t from 'tap'
import { likeness, trainCheckerboard } from '../../fixtures/checkerboard.js'
import { doors } from '../../fixtures/doors.js'

const model = await trainCheckerboard(t.testdir(), { likeness })

for (const [door, send] of Object.entries(await doors(t, model))) {
  t.test(`what is alike by ${door} is answered by the matrix that is made for it, and what people like by theirs`, async t => {
    t.match(await send('/similar/1?n=3'), { status: 200, body: '2,3,4' }, 'neighbours by number')
    t.match(await send('/recommend/4?n=2'), { status: 200, body: '4,5' })
  })
}
