import t from 'tap'
import { shownTitle, withoutArticle } from '../../src/recommender/title.js'

t.test('a title is shown as people write it, and its year stands apart', async t => {
  for (const [stored, year, shown] of [
    ['Matrix, The (1999)', 1999, 'The Matrix'],
    [
      'Good, the Bad and the Ugly, The (Buono, il brutto, il cattivo, Il) (1966)',
      1966,
      'The Good, the Bad and the Ugly (Il Buono, il brutto, il cattivo)'
    ],
    ['City of Lost Children, The (Cité des enfants perdus, La) (1995)', 1995, 'The City of Lost Children (La Cité des enfants perdus)'],
    ['Cité des enfants perdus, La (City of Lost Children, The) (1995)', 1995, 'La Cité des enfants perdus (The City of Lost Children)'],
    ["Avventura, L' (Adventure, The) (1960)", 1960, "L'Avventura (The Adventure)"],
    [
      'Bicycle Thieves (a.k.a. Bicycle Thief, The) (Ladri di biciclette) (1948)',
      1948,
      'Bicycle Thieves (a.k.a. The Bicycle Thief) (Ladri di biciclette)'
    ],
    ['Lord of the Rings: The Two Towers, The (2002)', 2002, 'The Lord of the Rings: The Two Towers'],
    ['Fish Called Wanda, A (1988)', 1988, 'A Fish Called Wanda'],
    ['Ideal Husband, An (1999)', 1999, 'An Ideal Husband'],
    ['Vitelloni, I (1953)', 1953, 'I Vitelloni'],
    ['Death Note: Desu nôto (2006–2007)', 2006, 'Death Note: Desu nôto'],
    ['Fargo (2014- )', 2014, 'Fargo'],
    ['96 Minutes (2011) ', 2011, '96 Minutes'],
    ['Heat(1995)', 1995, 'Heat'],
    ['Blade Runner (1982) (Final Cut)', 1982, 'Blade Runner (1982) (Final Cut)'],
    ['2012 (2009)', 2009, '2012'],
    ['1984', 1984, '1984'],
    ['Girl, Interrupted (1999)', 1999, 'Girl, Interrupted'],
    ['Strike! (a.k.a. All I Wanna Do, The Hairy Bird) (1998)', 1998, 'Strike! (a.k.a. All I Wanna Do, The Hairy Bird)'],
    ['The Matrix', 1999, 'The Matrix'],
    ['Матрица', 1999, 'Матрица'],
    ['  Heat ', 1995, 'Heat'],
    ['', 0, '']
  ] as const)
    t.equal(shownTitle(stored, year), shown, stored)
})

t.test('a year that is not that of the film stays in its title, and so it does where no year is known', async t => {
  t.equal(shownTitle('Heat (1995)', 1996), 'Heat (1995)')
  t.equal(shownTitle('Matrix, The (1999)'), 'The Matrix (1999)')
  t.equal(shownTitle('Matrix, The'), 'The Matrix')
})

t.test('whoever looks for a film leaves its article out', async t => {
  for (const [shown, name] of [
    ['The Matrix', 'Matrix'],
    ["L'Avventura", 'Avventura'],
    ['Then Came You', 'Then Came You'],
    ['Anaconda', 'Anaconda'],
    ['Die Welle', 'Welle']
  ])
    t.equal(withoutArticle(shown), name)
})
