"""SASRec (Kang, McAuley, 2018) with PyTorch: what comes next, after the last fifty, padded on the left. python sasrec.py ratings.csv"""
import sys, torch
from ratings import read, write
from torch.nn import functional as F

users, items, liked, rated = read(sys.argv[1])
N, L = len(items), 50
torch.manual_seed(1)


class SasRec(torch.nn.Module):
    def __init__(self, d=48):
        super().__init__()
        self.item, self.place = torch.nn.Embedding(N + 1, d, padding_idx=N), torch.nn.Embedding(L, d)
        self.layer = torch.nn.TransformerEncoderLayer(d, 2, 2 * d, 0.2, batch_first=True, norm_first=True)

    def states(self, history):
        future = torch.triu(torch.ones(L, L, dtype=torch.bool), 1)
        return self.layer(self.item(history) + self.place.weight, src_mask=future)

    def forward(self, history, exclude, k):  # the contract of docs/model.md: histories of exactly L
        scores = self.states(history)[:, -1] @ self.item.weight[:N].T
        best = torch.topk(F.pad(scores, (0, 1)).scatter(1, exclude, float("-inf"))[:, :N], k.item(), dim=1)
        return best.indices.int(), best.values


X, model = torch.tensor([([N] * L + rows)[-L - 1 :] for rows in liked]), SasRec()
optimizer = torch.optim.Adam(model.parameters(), 0.003)
for _ in range(5):
    for batch in torch.randperm(len(X)).split(64):
        scores, after = model.states(X[batch, :-1]) @ model.item.weight[:N].T, X[batch, 1:]
        loss = F.cross_entropy(scores[after < N], after[after < N])
        optimizer.zero_grad(), loss.backward(), optimizer.step()

model.eval()
write(users, items, rated, (model.states(X[:, 1:])[:, -1] @ model.item.weight[:N].T).detach().numpy())
inputs = X[:2, 1:], torch.tensor([[1, N, N], [2, 3, N]]), torch.tensor([3])
shapes = {"history": {0: "batch"}, "exclude": {0: "batch", 1: "m"}, "k": None}
torch.onnx.export(model, inputs, "sasrec.onnx", output_names=["items", "scores"], dynamic_shapes=shapes, dynamo=True)
