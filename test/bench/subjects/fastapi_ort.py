"""The control F, which Python's tutorials show: FastAPI, and a run of ONNX Runtime for each request. The same graph, the same answers as plain.ts."""
import json
import os
from pathlib import Path

import numpy as np
import onnxruntime
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

folder = Path(os.environ["MODEL_DIR"])
manifest = json.loads((folder / "manifest.json").read_text())
movie_ids = json.loads((folder / "items.json").read_text())["ids"]
weights = np.array([rating["weight"] for rating in manifest["ratings"]], "f4")
users, pairs = manifest["histories"]["users"], manifest["histories"]["pairs"]
table = (folder / "histories.bin").read_bytes()  # docs/model.md shows its parts
offsets = np.frombuffer(table, "<i4", users + 1)
rows = np.frombuffer(table, "<i4", pairs, 4 * (users + 1)).astype("i8")
ratings = np.frombuffer(table, "u1", pairs, 4 * (users + 1 + pairs))
if not manifest["order"]:  # then a history is summed by rising row
    by_row = np.lexsort((rows, np.repeat(np.arange(users), np.diff(offsets))))
    rows, ratings = rows[by_row], ratings[by_row]
place = {user: at for at, user in enumerate(table[4 * (users + 1) + 5 * pairs :].decode().split("\n"))}

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1  # each process has one core
session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)
k = np.array([10])
app = FastAPI()


def query(user_id):
    at = place.get(user_id)
    mine = slice(0, 0) if at is None else slice(offsets[at], offsets[at + 1])
    rated, weight = rows[mine], weights[ratings[mine]]
    counts = weight != 0
    return {"history": rated[None, counts], "weights": weight[None, counts], "exclude": rated[None], "k": k}


@app.get("/")
async def health():
    return PlainTextResponse("ok")


@app.get("/recommend/{user_id}")
async def recommend(user_id: str):
    (items,) = session.run(["items"], query(user_id))
    return PlainTextResponse(",".join([movie_ids[row] for row in items[0]]))
