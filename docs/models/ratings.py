"""Ratings for the examples: reads a ratings.csv, makes one of a model folder's histories, and writes down what a model recommends."""
import csv, json, sys
from collections import Counter
from pathlib import Path
import numpy as np


def read(file, like=4, most=2000):
    """Users, items (the `most` that are liked most), what each user likes, oldest first, and all that they rated: as rows of items."""
    lines = sorted(csv.DictReader(open(file)), key=lambda line: int(line["timestamp"]))
    likes = Counter(line["movieId"] for line in lines if float(line["rating"]) >= like)
    items = [item for item, _ in likes.most_common(most)]
    row = {item: at for at, item in enumerate(items)}
    liked, rated = {}, {}
    for line in lines:
        if line["movieId"] in row:
            rated.setdefault(line["userId"], []).append(row[line["movieId"]])
            if float(line["rating"]) >= like:
                liked.setdefault(line["userId"], []).append(row[line["movieId"]])
    users = list(liked)
    return users, items, [liked[user] for user in users], [rated[user] for user in users]


def write(users, items, rated, scores, n=10):
    """items.txt for `npm run pack`, and the n best items of each user, scores [users, items], without what they rated."""
    Path("items.txt").write_text("\n".join(items))
    for user, rows in enumerate(rated):
        scores[user, rows] = -np.inf
    best = np.argsort(-scores, axis=1, kind="stable")[:, :n]
    Path("recommended.json").write_text(json.dumps({user: [items[row] for row in best[at]] for at, user in enumerate(users)}))


if __name__ == "__main__":  # python ratings.py models/movielens/2 > ratings.csv
    folder = Path(sys.argv[1])
    manifest, items = (json.loads((folder / name).read_text()) for name in ("manifest.json", "items.json"))
    people, pairs = manifest["histories"]["users"], manifest["histories"]["pairs"]
    bytes_ = (folder / "histories.bin").read_bytes()
    offsets, rows = np.frombuffer(bytes_, "<i4", people + 1), np.frombuffer(bytes_, "<i4", pairs, 4 * (people + 1))
    ratings = np.frombuffer(bytes_, "u1", pairs, 4 * (people + 1 + pairs))
    ids = bytes_[4 * (people + 1) + 5 * pairs :].decode().split("\n")
    print("userId,movieId,rating,timestamp")
    for at, user in enumerate(np.repeat(np.arange(people), np.diff(offsets))):
        print(f"{ids[user]},{items['ids'][rows[at]]},{manifest['ratings'][ratings[at]]['value']},{at}")
