"""Checks the graphs of a model folder with onnx, and answers queries with ONNX Runtime for Python. same_answers.py FOLDER < queries.json"""
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

folder = Path(sys.argv[1])
for graph in folder.glob("*.onnx"):
    onnx.checker.check_model(str(graph), full_check=True)
session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
takes = {value.name for value in session.get_inputs()}
for query in json.load(sys.stdin):
    inputs = {name: np.array(query[name], kind) for name, kind in (("history", "i8"), ("weights", "f4"), ("exclude", "i8")) if name in takes}
    items, scores, *_ = session.run(["items", "scores"], {**inputs, "k": np.array([query["k"]])})
    print(json.dumps({"items": items[0].tolist(), "scores": scores[0].tolist()}))
