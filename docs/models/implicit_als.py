"""Alternating least squares with `implicit`. python implicit_als.py ratings.csv"""
import sys
import numpy as np
from implicit.als import AlternatingLeastSquares
from scipy import sparse
from ratings import read, write

users, items, liked, rated = read(sys.argv[1])
user = np.repeat(np.arange(len(users)), [len(rows) for rows in liked])
X = sparse.csr_matrix((np.ones(len(user), np.float32), (user, np.concatenate(liked))), (len(users), len(items)))

model = AlternatingLeastSquares(factors=32, regularization=5, alpha=4, iterations=15, random_state=1)
model.fit(X, show_progress=False)
model.save("implicit_als.npz")
write(users, items, rated, model.user_factors @ model.item_factors.T)
