"""Mult-VAE (Liang et al., 2018) with PyTorch. python mult_vae.py ratings.csv"""
import sys, torch
from ratings import read, write
from torch.nn import functional as F

users, items, liked, rated = read(sys.argv[1])
N, _ = len(items), torch.manual_seed(1)

class MultVae(torch.nn.Module):
    def __init__(self, d=64):
        super().__init__()
        self.encoder, self.decoder = torch.nn.Linear(N, 2 * d), torch.nn.Linear(d, N)

    def scores(self, x, noise=0.0):
        mean, deviation = self.encoder(F.dropout(F.normalize(x), 0.5, self.training)).chunk(2, dim=1)
        kl = 0.5 * (mean**2 + deviation.exp() - deviation - 1).sum(1).mean()
        return self.decoder(torch.tanh(mean + noise * torch.randn_like(mean) * (deviation / 2).exp())), kl

    def forward(self, history, exclude, k):  # the contract of docs/model.md
        x = torch.zeros(history.shape[0], N + 1).scatter(1, history, 1.0)[:, :N]
        scores = F.pad(self.scores(x)[0], (0, 1)).scatter(1, exclude, float("-inf"))[:, :N]
        best = torch.topk(scores, k.item(), dim=1)
        return best.indices.int(), best.values


X, model = torch.stack([F.one_hot(torch.tensor(rows), N).sum(0).float() for rows in liked]), MultVae()
optimizer = torch.optim.Adam(model.parameters(), 0.003)
for _ in range(20):
    for batch in torch.randperm(len(X)).split(64):
        scores, kl = model.scores(X[batch], noise=1.0)
        loss = -(F.log_softmax(scores, 1) * X[batch]).sum(1).mean() + 0.2 * kl
        optimizer.zero_grad(), loss.backward(), optimizer.step()

model.eval()
write(users, items, rated, model.scores(X)[0].detach().numpy())
inputs = torch.tensor([[1, N], [2, 3]]), torch.tensor([[1, N, N], [2, 3, N]]), torch.tensor([3])
shapes = {"history": {0: "batch", 1: "l"}, "exclude": {0: "batch", 1: "m"}, "k": None}
torch.onnx.export(model, inputs, "mult_vae.onnx", output_names=["items", "scores"], dynamic_shapes=shapes, dynamo=True)
