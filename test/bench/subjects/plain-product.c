// What the arithmetic costs at least: ITEMS x DIMENSIONS times a batch of users, in plain C, on one core.
// Usage: plain-product ITEMS DIMENSIONS BATCH ROUNDS. Prints microseconds of CPU a request: of the product alone, and with the ten
// best of each user picked from it.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef float vec __attribute__((vector_size(32)));
enum { LANES = 8, USERS = 4, VECS = 2, TILE = LANES * VECS, K = 10 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

// Items lie in tiles: [items / TILE][dimensions][TILE], as a matrix library packs them once.
static void product(const float *packed, const float *users, float *scores, long items, long d, long batch) {
  for (long tile = 0; tile < items / TILE; tile++) {
    const vec *y = (const vec *)(packed + tile * TILE * d);
    for (long u = 0; u < batch; u += USERS) {
      vec sum[USERS][VECS] = {0};
      for (long k = 0; k < d; k++)
        for (int i = 0; i < USERS; i++) {
          const float x = users[(u + i) * d + k];
          for (int v = 0; v < VECS; v++) sum[i][v] += x * y[k * VECS + v];
        }
      for (int i = 0; i < USERS; i++)
        if (u + i < batch) memcpy(scores + (u + i) * items + tile * TILE, sum[i], sizeof sum[i]);
    }
  }
}

static float ten_best(const float *scores, long items) {
  float best[K];
  for (int i = 0; i < K; i++) best[i] = -1e30f;
  for (long item = 0; item < items; item++) {
    const float s = scores[item];
    if (s <= best[K - 1]) continue;
    int at = K - 1;
    for (; at > 0 && best[at - 1] < s; at--) best[at] = best[at - 1];
    best[at] = s;
  }
  return best[K - 1];
}

static int rising(const void *a, const void *b) { return (*(double *)a > *(double *)b) - (*(double *)a < *(double *)b); }

int main(int argc, char **argv) {
  if (argc != 5) return fprintf(stderr, "usage: product ITEMS DIMENSIONS BATCH ROUNDS\n"), 2;
  const long items = (atol(argv[1]) + TILE - 1) / TILE * TILE, d = atol(argv[2]), batch = atol(argv[3]), rounds = atol(argv[4]);
  const long padded = (batch + USERS - 1) / USERS * USERS;
  float *packed = aligned_alloc(64, items * d * sizeof(float)), *users = aligned_alloc(64, padded * d * sizeof(float) + 64);
  float *scores = aligned_alloc(64, padded * items * sizeof(float));
  double *alone = malloc(rounds * sizeof(double)), *both = malloc(rounds * sizeof(double));
  for (long i = 0; i < items * d; i++) packed[i] = (float)rand() / RAND_MAX - 0.5f;
  for (long i = 0; i < padded * d; i++) users[i] = (float)rand() / RAND_MAX - 0.5f;
  volatile float used = 0;
  product(packed, users, scores, items, d, batch);
  for (long round = 0; round < rounds; round++) {
    const double begun = now();
    product(packed, users, scores, items, d, batch);
    const double middle = now();
    for (long u = 0; u < batch; u++) used += ten_best(scores + u * items, items);
    alone[round] = (middle - begun) / batch;
    both[round] = (now() - begun) / batch;
  }
  qsort(alone, rounds, sizeof(double), rising);
  qsort(both, rounds, sizeof(double), rising);
  printf("{\"product\":%.3f,\"withTopK\":%.3f}\n", alone[rounds / 2], both[rounds / 2]);
  return 0;
}
