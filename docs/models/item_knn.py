"""Item-kNN with scipy: the hundred nearest items of each by cosine, as a sparse matrix. python item_knn.py ratings.csv"""
import sys
import numpy as np
from scipy import sparse
from ratings import read, write

users, items, liked, rated = read(sys.argv[1])
user = np.repeat(np.arange(len(users)), [len(rows) for rows in liked])
X = sparse.csr_matrix((np.ones(len(user), np.float32), (user, np.concatenate(liked))), (len(users), len(items)))

norms = np.sqrt(np.asarray(X.sum(axis=0)).ravel())
S = (X.T @ X).toarray() / np.outer(norms, norms)
np.fill_diagonal(S, 0)
S[S < np.sort(S, axis=1)[:, [-100]]] = 0

sparse.save_npz("item_knn.npz", sparse.csr_matrix(S.astype(np.float32)).T.tocsr())
write(users, items, rated, np.asarray(X @ sparse.csr_matrix(S.astype(np.float32)).T.toarray()))
