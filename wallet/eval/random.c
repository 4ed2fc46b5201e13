/* SPDX-License-Identifier: MIT */
/* xoshiro256** (Blackman and Vigna 2018), seeded by splitmix64. */
#include "wallet/eval/trials.h"

static uint64_t splitmix(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void mien_eval_random_seed(mien_eval_random *random, uint64_t seed, uint64_t stream) {
    uint64_t state = seed;
    state = splitmix(&state) ^ stream;
    for (int i = 0; i < 4; i++) random->state[i] = splitmix(&state);
}

static uint64_t rotate_left(uint64_t x, int k) {
    return x << k | x >> (64 - k);
}

uint64_t mien_eval_random_next(mien_eval_random *random) {
    uint64_t *s = random->state, result = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

/* By rejection, so that every value is equally likely. */
size_t mien_eval_random_below(mien_eval_random *random, size_t bound) {
    uint64_t limit = UINT64_MAX - UINT64_MAX % bound, value;
    do value = mien_eval_random_next(random);
    while (value >= limit);
    return (size_t)(value % bound);
}
