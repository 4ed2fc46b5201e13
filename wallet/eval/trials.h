/* SPDX-License-Identifier: MIT */
/* Draws, trials and statistics of an evaluation. Embeddings come from anywhere, so all of this is
 * tested on vectors whose truth is known. */
#ifndef MIEN_WALLET_EVAL_TRIALS_H
#define MIEN_WALLET_EVAL_TRIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "face_model/combine/combine.h"
#include "platform/base/progress.h"
#include "platform/threads/pool.h"

/* Frames of person i: frames[start[i] .. start[i + 1]). Secret; read only here. */
typedef struct mien_eval_set {
    const mien_combine_frame *frames;
    const size_t *start; /* [people + 1] */
    size_t people;
} mien_eval_set;

#define MIEN_EVAL_ALWAYS_TRIED 0.25

/* One setting: so many photos at enrolment and at unlock. */
typedef struct mien_eval_setting {
    unsigned enrolled, unlocking;
} mien_eval_setting;

/* Scores of trials. Rank 0..31: place of the enrolled message among the candidates, 32: not found,
 * MIEN_EVAL_NOT_TRIED: cosine only. */
#define MIEN_EVAL_NOT_FOUND 32
#define MIEN_EVAL_NOT_TRIED 255
typedef struct mien_eval_trial {
    float cosine;
    uint8_t rank;
} mien_eval_trial;

typedef struct mien_eval_result {
    mien_eval_setting setting;
    size_t genuine_people, impostor_people; /* with photos enough for a trial */
    mien_eval_trial *genuine, *impostor;
    size_t genuine_count, impostor_count;
    size_t *vault_start;                   /* [vaults + 1], into impostor: one enrolment each */
    size_t genuine_found;                  /* keys recovered by their owner */
    size_t impostor_keys, impostor_found;  /* recovery attempts by others, and successes */
    size_t sample_keys, sample_found;      /* of these, pairs picked by chance alone */
    size_t vaults, vaults_opened;          /* enrolments that were attacked; that anyone opened */
    double worst_vault;                    /* largest share of impostors that opened one vault */
    size_t enrolments, refused_enrolments; /* whose mean pairwise cosine is below the gate */
    size_t accepted_found; /* keys recovered of the other enrolments, which a wallet would make */
    double make_milliseconds, recover_milliseconds; /* mean of one sketch */
} mien_eval_result;

typedef struct mien_eval_effort {
    unsigned repeats;      /* genuine trials a person */
    size_t impostor_pairs; /* least number of pairs tried by cosine */
    size_t impostor_keys;  /* of these tried by key as well, picked by chance */
} mien_eval_effort;

/* Genuine: each person with photos enough, `repeats` times, a random enrolment and a random
 * unlock from disjoint photos. Impostor: rounds in which everyone with photos enough is drawn once
 * as victim and once as impostor, and all pairs of different people are tried by cosine; so many
 * rounds that impostor_pairs come together (at most 64 rounds). Key recovery is dearer than a
 * cosine, so it is tried on two kinds of pairs: all with a cosine of at least
 * MIEN_EVAL_ALWAYS_TRIED, and about impostor_keys picked by chance (each pair alike, whatever its
 * cosine). Whether a key is recovered depends on the pair only through its cosine, because the
 * rotation is Haar distributed given the template; so the first kind holds the successes, and the
 * second checks that. The caller releases *result with
 * mien_eval_result_free. Same seed, same result, whatever the number of threads. MIEN_ARGUMENT when
 * fewer than two people have photos enough. */
MIEN_MUST_CHECK mien_status mien_eval_trials(mien_eval_result *result, const mien_eval_set *set,
                                             mien_eval_setting setting,
                                             const mien_eval_effort *effort, uint64_t seed,
                                             mien_pool *pool, const mien_progress *progress);
void mien_eval_result_free(mien_eval_result *result);

/* Wilson's interval for a rate at 95 %; with no event, the rule of three (0 .. 3/n), with nothing
 * but events its mirror image. trials 0 gives 0 .. 1. */
typedef struct mien_eval_interval {
    double low, high;
} mien_eval_interval;
mien_eval_interval mien_eval_rate_interval(size_t events, size_t trials);

/* The cosines of trials, largest first; the caller frees *cosines with free(). */
MIEN_MUST_CHECK mien_status mien_eval_sorted(float **cosines, const mien_eval_trial *trials,
                                             size_t count);
/* Smallest threshold at which at most `rate` of sorted cosines lie above it (cosine > threshold).
 */
double mien_eval_threshold(const float *sorted, size_t count, double rate);
double mien_eval_share_above(const float *sorted, size_t count, double threshold);
/* Largest share of one vault's impostors whose cosine is above the threshold. */
double mien_eval_worst_vault(const mien_eval_result *result, double threshold);

/* xoshiro256** by splitmix64, for draws only: small, seeded, the same everywhere. */
typedef struct mien_eval_random {
    uint64_t state[4];
} mien_eval_random;
void mien_eval_random_seed(mien_eval_random *random, uint64_t seed, uint64_t stream);
uint64_t mien_eval_random_next(mien_eval_random *random);
/* Uniform in 0 .. bound - 1, bound >= 1. */
size_t mien_eval_random_below(mien_eval_random *random, size_t bound);

#endif
