"""SASRec as RecTools has it: what comes next, after the last fifty, padded on the left. python rectools_sasrec.py ratings.csv"""
import json, sys, pandas as pd, torch
from pathlib import Path
from pytorch_lightning import seed_everything
from rectools.dataset import Dataset
from rectools.models import SASRecModel
from torch.nn import functional as F

seed_everything(1)
names = {"userId": "user_id", "movieId": "item_id", "rating": "weight", "timestamp": "datetime"}
ratings = pd.read_csv(sys.argv[1], dtype={"userId": str, "movieId": str}).rename(columns=names)
likes, L = ratings[ratings["weight"] >= 4], 50
dataset = Dataset.construct(likes)
model = SASRecModel(n_factors=64, n_heads=2, session_max_len=L, epochs=2, recommend_torch_device="cpu").fit(dataset)
items = model.data_preparator.item_id_map.external_ids[1:]  # 0 is their padding, N is ours
N = len(items)


class Served(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.sasrec = model.torch_model.cpu().eval()

    def forward(self, history, exclude, k):  # the contract of docs/model.md: histories of exactly L
        vectors = self.sasrec.item_model.get_all_embeddings()
        state = self.sasrec.encode_sessions({"x": (history + 1) % (N + 1)}, vectors)[:, -1]
        scores = F.pad(state @ vectors[1:].T, (0, 1)).scatter(1, exclude, float("-inf"))[:, :N]
        best = torch.topk(scores, k.item(), dim=1)
        return best.indices.int(), best.values


best = model.recommend(likes["user_id"].unique(), dataset, k=500, filter_viewed=True)
pairs, rated = (pd.MultiIndex.from_frame(table[["user_id", "item_id"]]) for table in (best, ratings))
best = best[~pairs.isin(rated)].groupby("user_id").head(10)
Path("items.txt").write_text("\n".join(items))
Path("recommended.json").write_text(json.dumps(best.groupby("user_id")["item_id"].apply(list).to_dict()))
inputs = torch.tensor([[N] * (L - 1) + [1], [N] * (L - 2) + [2, 3]]), torch.tensor([[1, N, N], [2, 3, N]]), torch.tensor([3])
shapes = {"history": {0: "batch"}, "exclude": {0: "batch", 1: "m"}, "k": None}
torch.onnx.export(Served(), inputs, "rectools_sasrec.onnx", output_names=["items", "scores"], dynamic_shapes=shapes, dynamo=True)
