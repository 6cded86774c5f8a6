# What somebody writes who has made `movies` with openapi-python-client. Argument: where the service is.
import sys

from movies import Client
from movies.api.recommendations import popular, recommend, recommend_batch, recommend_for_history, similar
from movies.models import BatchBody, BatchResult, ErrorCode, Problem, RecommendBody, Recommendation, RecommendationForUser, SimilarMovies

# This generator never says which type it wants, so the answer would be text.
client = Client(base_url=sys.argv[1], headers={"Accept": "application/json"})

known = recommend.sync("42", client=client, n=3)
assert isinstance(known, RecommendationForUser) and known.user_id == "42", known
assert [movie.movie_id for movie in known.items] == ["2858", "1259", "480"], known

folded = recommend_for_history.sync(client=client, body=RecommendBody(history=[589], n=1))
assert isinstance(folded, Recommendation) and folded.source == "history", folded

batch = recommend_batch.sync(client=client, body=BatchBody(users=["42", "nobody"], strict=True))
assert isinstance(batch, BatchResult) and [result.status for result in batch.results] == [200, 404], batch
assert batch.results[1].problem.code == ErrorCode.UNKNOWN_USER, batch

assert isinstance(popular.sync(client=client), Recommendation)
assert similar.sync("589", client=client) == SimilarMovies.from_dict(similar.sync("589", client=client).to_dict())

refused = recommend.sync("42", client=client, n=501)
assert isinstance(refused, Problem) and refused.code == ErrorCode.INVALID_REQUEST and "501" in refused.detail, refused
