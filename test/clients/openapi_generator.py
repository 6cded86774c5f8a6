# What somebody writes who has made `movies` with openapi-generator. Argument: where the service is.
import sys

import movies
from movies import BatchBody, BatchBodyUsersInner, ErrorCode, HistoryEntry, Problem, RecommendBody

api = movies.RecommendationsApi(movies.ApiClient(movies.Configuration(host=sys.argv[1])))

known = api.recommend("42", n=3)
assert isinstance(known, movies.RecommendationForUser) and known.user_id == "42", known
assert [movie.movie_id for movie in known.items] == ["2858", "1259", "480"], known

folded = api.recommend_for_history(RecommendBody(history=[HistoryEntry(589)], n=1))
assert isinstance(folded, movies.Recommendation) and folded.source == "history", folded

batch = api.recommend_batch(BatchBody(users=[BatchBodyUsersInner(user) for user in ("42", "nobody")], strict=True))
assert isinstance(batch, movies.BatchResult) and [result.status for result in batch.results] == [200, 404], batch
assert batch.results[1].problem.code == ErrorCode.UNKNOWN_USER, batch

assert isinstance(api.popular(), movies.Recommendation)
assert isinstance(api.similar("589"), movies.SimilarMovies)

try:
    api.recommend("a\tb")
    sys.exit("an id with a tab was taken")
except movies.exceptions.BadRequestException as refused:
    assert isinstance(refused.data, Problem) and refused.data.code == ErrorCode.INVALID_REQUEST, refused
