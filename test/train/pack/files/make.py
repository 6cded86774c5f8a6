"""Files as other programs write them, of ten items that are even or odd: numpy, scipy, implicit, pandas, Spark. python make.py"""
import numpy as np
import pyarrow as pa, pyarrow.parquet as pq
from scipy import sparse

odd = np.arange(1, 11) % 2
Y = np.stack([odd, 1 - odd], axis=1).astype(np.float32)
B = (Y @ Y.T).astype(np.float32)
np.fill_diagonal(B, 0)

np.save("factors.npy", Y)
np.save("fortran.npy", np.asfortranarray(Y.astype(np.float64)))
np.save("pickled.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
np.save("nan.npy", np.where(Y > 0, np.nan, Y))
np.save("ids.npy", np.arange(1, 11))
np.savez("implicit.npz", user_factors=Y[:3], item_factors=Y, regularization=np.float64(0.5), alpha=np.float64(3), factors=2)
np.savez_compressed("packed.npz", item_factors=Y)
np.savez("other.npz", a=Y, b=Y)
np.save("matrix.npy", B)
np.save("oblong.npy", B[:, :3])
sparse.save_npz("csr.npz", sparse.csr_matrix(B))
# Not symmetric: what is read the wrong way round is noticed.
U = np.triu(B)
sparse.save_npz("csc.npz", sparse.csc_matrix(U))
sparse.save_npz("coo.npz", sparse.coo_matrix(B))
few = sparse.csr_matrix((np.ones(10, np.float32), (np.arange(10), (np.arange(10) + 2) % 10)))
sparse.save_npz("few.npz", few)
table = pa.table({"id": pa.array(range(10, 0, -1), pa.int32()), "features": pa.array(list(Y[::-1]), pa.list_(pa.float32()))})
pq.write_table(table, "factors.parquet")
