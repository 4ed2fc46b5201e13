/* SPDX-License-Identifier: MIT */
/* The evaluation on made-up people whose cosines are known: the figures must come out as theory
 * says, and must not depend on the number of threads. */
#include "wallet/eval/trials.h"

#include <math.h>

#include "tests/harness.h"
#include "wallet/key/sketch.h"

static double gauss(void) {
    double u = ((double)(harness_random() >> 11) + 0.5) / 9007199254740992.0;
    double v = (double)(harness_random() >> 11) / 9007199254740992.0;
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

#define PEOPLE 60
#define PHOTOS 7
static mien_combine_frame frames[PEOPLE * PHOTOS];
static size_t start[PEOPLE + 1];

/* PHOTOS photos of each person at `cosine` to the person's own direction; the last ten people have
 * one photo only. Twins: person 1 looks like person 0. */
static mien_eval_set make_people(double cosine, bool twins) {
    size_t n = 0;
    double centre[PEOPLE][MIEN_COMBINE_SIZE];
    for (size_t p = 0; p < PEOPLE; p++) {
        for (int k = 0; k < MIEN_COMBINE_SIZE; k++)
            centre[p][k] = p == 1 && twins ? centre[0][k] : gauss();
        start[p] = n;
        for (size_t i = 0; i < (p < PEOPLE - 10 ? PHOTOS : 1); i++, n++) {
            for (int k = 0; k < MIEN_COMBINE_SIZE; k++) {
                double v = 25 * (cosine * centre[p][k] + sqrt(1 - cosine * cosine) * gauss());
                frames[n].embedding[k] = (int8_t)(v > 127 ? 127 : v < -127 ? -127 : lround(v));
            }
            frames[n].quality = 0.5f + 0.5f * (float)(i % 2);
        }
    }
    start[PEOPLE] = n;
    mien_eval_set set = {frames, start, PEOPLE};
    return set;
}

static mien_status try_all(mien_eval_result *r, const mien_eval_set *set, mien_eval_setting setting,
                           unsigned repeats, size_t keys, uint64_t seed, mien_pool *pool,
                           const mien_progress *progress) {
    mien_eval_effort effort = {repeats, 4000, keys};
    return mien_eval_trials(r, set, setting, &effort, seed, pool, progress);
}

static void test_near_photos_open_far_ones_do_not(void) {
    mien_eval_set set = make_people(0.92, false);
    mien_eval_setting one = {1, 1}, three = {3, 3};
    mien_eval_result r;
    REQUIRE(try_all(&r, &set, one, 2, 300, 7, NULL, NULL) == MIEN_OK);
    CHECK_INT(r.genuine_people, PEOPLE - 10);
    CHECK_INT(r.impostor_people, PEOPLE);
    CHECK_INT(r.genuine_count, 2 * (PEOPLE - 10));
    CHECK(r.genuine_found == r.genuine_count); /* cosine about 0.85 */
    CHECK(r.impostor_found == 0 && r.vaults_opened == 0 && r.worst_vault == 0);
    CHECK(r.sample_keys > 250 && r.sample_keys < 350 && r.sample_found == 0);
    CHECK(r.impostor_keys >= r.sample_keys && r.impostor_keys < 500);
    for (size_t i = 0; i < r.impostor_count; i++)
        CHECK(r.impostor[i].rank != MIEN_EVAL_NOT_TRIED ||
              (double)r.impostor[i].cosine < MIEN_EVAL_ALWAYS_TRIED);
    CHECK_INT(r.vault_start[r.vaults], r.impostor_count);
    CHECK_INT(r.impostor_count / r.vaults, PEOPLE - 1);
    double mean = 0;
    for (size_t i = 0; i < r.genuine_count; i++) mean += (double)r.genuine[i].cosine;
    CHECK(fabs(mean / (double)r.genuine_count - 0.92 * 0.92) < 0.05);
    mien_eval_result_free(&r);

    set = make_people(0.6, false); /* photos agree to 0.36, means of three to 0.63 */
    REQUIRE(try_all(&r, &set, one, 2, 100, 7, NULL, NULL) == MIEN_OK);
    CHECK(r.genuine_found < r.genuine_count / 4);
    CHECK_INT(r.refused_enrolments, 0); /* one photo agrees with itself */
    CHECK_INT(r.accepted_found, r.genuine_found);
    mien_eval_result_free(&r);
    REQUIRE(try_all(&r, &set, three, 2, 100, 7, NULL, NULL) == MIEN_OK);
    CHECK(r.genuine_found > r.genuine_count / 2);
    CHECK_INT(r.refused_enrolments, r.enrolments); /* 0.36 is below the gate */
    CHECK_INT(r.accepted_found, 0);
    CHECK_INT(r.impostor_people, PEOPLE - 10);
    mien_eval_result_free(&r);
}

/* A twin must show in the figures: the worst vault, the vaults opened, the false accepts. */
static void test_a_twin_is_seen(void) {
    mien_eval_set set = make_people(0.95, true);
    mien_eval_setting one = {1, 1};
    mien_eval_result r;
    float *sorted;
    REQUIRE(try_all(&r, &set, one, 1, 100, 11, NULL, NULL) == MIEN_OK);
    CHECK(r.impostor_found > 0 && r.vaults_opened > 0 && r.vaults_opened <= r.vaults / 20);
    CHECK_INT(r.impostor_found, r.vaults_opened); /* one twin each */
    CHECK(fabs(r.worst_vault - 1.0 / (PEOPLE - 1)) < 1e-9);
    REQUIRE(mien_eval_sorted(&sorted, r.impostor, r.impostor_count) == MIEN_OK);
    CHECK(fabs(mien_eval_share_above(sorted, r.impostor_count, 0.7) -
               (double)r.impostor_found / (double)r.impostor_count) < 1e-9);
    CHECK(fabs(mien_eval_worst_vault(&r, 0.7) - 1.0 / (PEOPLE - 1)) < 1e-9);
    CHECK(mien_eval_worst_vault(&r, 1.0) == 0);
    free(sorted);
    mien_eval_result_free(&r);
}

static void test_threads_and_seed(void) {
    mien_eval_set set = make_people(0.75, false);
    mien_eval_setting setting = {3, 1};
    mien_eval_result a, b, c;
    mien_pool *pool;
    REQUIRE(mien_pool_create(&pool, 3) == MIEN_OK);
    REQUIRE(try_all(&a, &set, setting, 2, 500, 3, NULL, NULL) == MIEN_OK);
    REQUIRE(try_all(&b, &set, setting, 2, 500, 3, pool, NULL) == MIEN_OK);
    REQUIRE(try_all(&c, &set, setting, 2, 500, 4, pool, NULL) == MIEN_OK);
    CHECK_INT(a.genuine_count, b.genuine_count);
    CHECK_INT(a.impostor_keys, b.impostor_keys);
    int same = 0, other = 0;
    for (size_t i = 0; i < a.genuine_count; i++) {
        same +=
            a.genuine[i].cosine == b.genuine[i].cosine && a.genuine[i].rank == b.genuine[i].rank;
        other += a.genuine[i].cosine == c.genuine[i].cosine;
    }
    CHECK_INT(same, a.genuine_count);
    CHECK(other < (int)a.genuine_count / 4);
    for (size_t i = 0; i < a.impostor_count; i += 97) {
        CHECK(a.impostor[i].cosine == b.impostor[i].cosine);
        CHECK(a.impostor[i].rank == b.impostor[i].rank);
    }
    mien_eval_result_free(&a);
    mien_eval_result_free(&b);
    mien_eval_result_free(&c);
    mien_pool_destroy(pool);
}

static bool stop_after_two(void *context, const char *step, size_t done, size_t total) {
    CHECK(step[0] != '\0' && done <= total && total > 0);
    return ++*(int *)context <= 2;
}

static void test_refusals(void) {
    mien_eval_set set = make_people(0.9, false);
    mien_eval_result r;
    int calls = 0;
    mien_progress progress = {stop_after_two, &calls};
    const mien_eval_setting bad[] = {{0, 1}, {1, 0}, {8, 9}, {5, 3}};
    for (int i = 0; i < 4; i++) /* {5, 3}: nobody has eight photos */
        CHECK_INT(try_all(&r, &set, bad[i], 1, 10, 1, NULL, NULL), MIEN_ARGUMENT);
    mien_eval_setting one = {1, 1};
    CHECK_INT(try_all(&r, &set, one, 0, 10, 1, NULL, NULL), MIEN_ARGUMENT);
    CHECK_INT(try_all(&r, &set, one, 4, 10, 1, NULL, &progress), MIEN_INTERRUPTED);
    CHECK(r.genuine == NULL && r.impostor == NULL);
    set.people = 0;
    CHECK_INT(try_all(&r, &set, one, 1, 10, 1, NULL, NULL), MIEN_ARGUMENT);
}

static void test_intervals(void) {
    mien_eval_interval i = mien_eval_rate_interval(0, 300000);
    CHECK(i.low == 0 && fabs(i.high - 1e-5) < 1e-12);
    i = mien_eval_rate_interval(100, 100);
    CHECK(fabs(i.low - 0.97) < 1e-12 && i.high == 1);
    i = mien_eval_rate_interval(0, 0);
    CHECK(i.low == 0 && i.high == 1);
    i = mien_eval_rate_interval(0, 2);
    CHECK(i.high == 1);
    i = mien_eval_rate_interval(10, 20); /* 0.2993 .. 0.7007, Brown, Cai and DasGupta 2001 */
    CHECK(fabs(i.low - 0.29930) < 1e-4 && fabs(i.high - 0.70070) < 1e-4);
    i = mien_eval_rate_interval(1, 1000);
    CHECK(i.low > 0 && i.low < 0.001 && i.high > 0.001 && i.high < 0.006);
}

static void test_thresholds(void) {
    mien_eval_trial trials[1000];
    float *sorted;
    for (int i = 0; i < 1000; i++) trials[i].cosine = (float)((i * 617) % 1000) / 1000;
    REQUIRE(mien_eval_sorted(&sorted, trials, 1000) == MIEN_OK);
    for (int i = 1; i < 1000; i++) CHECK(sorted[i] < sorted[i - 1]);
    for (int k = 0; k <= 1000; k += 50) {
        double rate = k / 1000.0, threshold = mien_eval_threshold(sorted, 1000, rate);
        CHECK(fabs(mien_eval_share_above(sorted, 1000, threshold) - rate) < 0.0011);
        CHECK(mien_eval_share_above(sorted, 1000, threshold) <= rate + 1e-9);
    }
    CHECK(mien_eval_share_above(sorted, 1000, -2) == 1);
    CHECK(mien_eval_share_above(sorted, 1000, 2) == 0);
    CHECK(mien_eval_share_above(sorted, 0, 0) == 0);
    free(sorted);
}

static void test_random_is_even(void) {
    mien_eval_random random, other;
    size_t counts[7] = {0};
    mien_eval_random_seed(&random, 5, 1);
    mien_eval_random_seed(&other, 5, 2);
    int equal = 0;
    for (int i = 0; i < 70000; i++) counts[mien_eval_random_below(&random, 7)]++;
    for (int i = 0; i < 7; i++) CHECK(counts[i] > 9600 && counts[i] < 10400);
    for (int i = 0; i < 100; i++)
        equal += mien_eval_random_next(&random) == mien_eval_random_next(&other);
    CHECK_INT(equal, 0);
}

int main(void) {
    RUN(test_near_photos_open_far_ones_do_not);
    RUN(test_a_twin_is_seen);
    RUN(test_threads_and_seed);
    RUN(test_refusals);
    RUN(test_intervals);
    RUN(test_thresholds);
    RUN(test_random_is_even);
    return harness_end();
}
