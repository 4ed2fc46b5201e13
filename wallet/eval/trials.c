/* SPDX-License-Identifier: MIT */
#include "wallet/eval/trials.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "platform/base/bytes.h"
#include "platform/base/random.h"
#include "platform/memory/secret.h"
#include "wallet/key/sketch.h"

#define MAX_ROUNDS 64
#define MAX_DRAW 16
/* Tasks between two reports of progress. */
#define GROUP 64
#define SIZE MIEN_COMBINE_SIZE

/* Streams of the random generator: a purpose and a number each. */
enum { STREAM_GENUINE = 1, STREAM_DRAW = 2, STREAM_ATTACK = 3 };
static uint64_t stream_of(uint64_t purpose, mien_eval_setting s, uint64_t number) {
    return purpose << 56 | (uint64_t)s.enrolled << 48 | (uint64_t)s.unlocking << 40 | number;
}

/* What one thread needs to try keys. */
typedef struct key_tool {
    mien_sketch_rotation *rotation;
    void *make, *recover;
    double make_seconds, recover_seconds;
    size_t made, recovered;
} key_tool;

typedef struct vault_counts {
    uint32_t tried, found, sampled, sample_found;
} vault_counts;

typedef struct job {
    const mien_eval_set *set;
    mien_eval_setting setting;
    uint64_t seed;
    unsigned repeats;
    mien_eval_result *result;
    key_tool *tools;
    mien_secret_arena arena;
    uint32_t *able_to_match, *victims, *impostors; /* person numbers */
    size_t match_count, victim_count, impostor_count;
    int8_t (*probes)[SIZE]; /* one drawn unlock of each impostor, this round; secret */
    size_t pairs;           /* cosines wanted */
    size_t rounds, round;
    size_t key_share; /* of 2^32: chance that a pair is tried by key as well */
    size_t first_task;
    vault_counts *vaults;       /* [vaults] */
    uint8_t *below_gate;        /* [genuine trials] */
    mien_status outcome[GROUP]; /* of the tasks of the running group */
} job;

static size_t frames_of(const mien_eval_set *set, size_t person) {
    return set->start[person + 1] - set->start[person];
}

/* `count` different frames of a person at random; those after them in `frames` are free for a
 * second draw. */
static void draw(mien_combine_frame *frames, const mien_eval_set *set, size_t person, size_t count,
                 mien_eval_random *random) {
    size_t have = frames_of(set, person), picked[MAX_DRAW];
    for (size_t i = 0; i < count; i++) {
        bool fresh;
        do {
            picked[i] = mien_eval_random_below(random, have);
            fresh = true;
            for (size_t j = 0; j < i; j++) fresh &= picked[j] != picked[i];
        } while (!fresh);
        frames[i] = set->frames[set->start[person] + picked[i]];
    }
}

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static mien_status make_key(key_tool *tool, uint64_t *message, const int8_t *template,
                            mien_eval_random *draws) {
    unsigned char seed[32];
    mien_random_seeded_state state;
    for (int i = 0; i < 4; i++) mien_store_le64(seed + 8 * i, mien_eval_random_next(draws));
    mien_random random = mien_random_seeded(&state, seed);
    double start = seconds_now();
    mien_status status = mien_sketch_make(tool->rotation, message, template, &random, tool->make);
    tool->make_seconds += seconds_now() - start;
    tool->made++;
    return status;
}

static uint8_t try_key(key_tool *tool, uint64_t message, const int8_t *probe) {
    uint64_t messages[MIEN_SKETCH_CANDIDATES];
    double start = seconds_now();
    mien_sketch_recover(messages, tool->rotation, probe, tool->recover);
    tool->recover_seconds += seconds_now() - start;
    tool->recovered++;
    uint8_t rank = MIEN_EVAL_NOT_FOUND;
    for (uint8_t i = 0; i < MIEN_SKETCH_CANDIDATES; i++)
        if (messages[i] == message && rank == MIEN_EVAL_NOT_FOUND) rank = i;
    mien_wipe(messages, sizeof messages);
    return rank;
}

static mien_status combine(mien_combined *out, const mien_combine_frame *frames, size_t count) {
    return mien_combine_frames(out, frames, count, MIEN_COMBINE_ANY_COSINE, NULL);
}

/* Task i: trial i % repeats of the person number i / repeats among those able to match. */
static mien_status genuine_trial(job *j, size_t i, unsigned worker) {
    mien_eval_setting s = j->setting;
    mien_combine_frame frames[MAX_DRAW];
    mien_combined enrolled, seen;
    mien_eval_random draws;
    uint64_t message;
    mien_eval_random_seed(&draws, j->seed, stream_of(STREAM_GENUINE, s, i));
    draw(frames, j->set, j->able_to_match[i / j->repeats], s.enrolled + s.unlocking, &draws);
    mien_status status = combine(&enrolled, frames, s.enrolled);
    if (status == MIEN_OK) status = combine(&seen, frames + s.enrolled, s.unlocking);
    if (status == MIEN_OK)
        status = make_key(&j->tools[worker], &message, enrolled.embedding, &draws);
    if (status == MIEN_OK) {
        mien_eval_trial *trial = &j->result->genuine[i];
        trial->cosine = (float)mien_combine_cosine(enrolled.embedding, seen.embedding);
        trial->rank = try_key(&j->tools[worker], message, seen.embedding);
        j->below_gate[i] = enrolled.mean_cosine < MIEN_COMBINE_ENROL_COSINE;
    }
    mien_wipe(frames, sizeof frames);
    mien_wipe(&enrolled, sizeof enrolled);
    mien_wipe(&seen, sizeof seen);
    mien_wipe(&message, sizeof message);
    return status;
}

static void attack_one(job *j, size_t v, unsigned worker, mien_eval_trial *trial, uint64_t message,
                       const int8_t *probe, bool sampled) {
    if (!sampled && (double)trial->cosine < MIEN_EVAL_ALWAYS_TRIED) return;
    vault_counts *counts = &j->vaults[v];
    trial->rank = try_key(&j->tools[worker], message, probe);
    uint32_t found = trial->rank < MIEN_EVAL_NOT_FOUND;
    counts->tried++, counts->found += found;
    if (sampled) counts->sampled++, counts->sample_found += found;
}

/* Vault v = round * victims + victim against this round's probes. */
static mien_status attack_vault(job *j, size_t v, unsigned worker) {
    uint32_t victim = j->victims[v % j->victim_count];
    mien_combine_frame frames[MAX_DRAW];
    mien_combined enrolled;
    mien_eval_random draws;
    uint64_t message;
    mien_eval_trial *trial = &j->result->impostor[j->result->vault_start[v]];
    mien_eval_random_seed(&draws, j->seed, stream_of(STREAM_ATTACK, j->setting, v));
    draw(frames, j->set, victim, j->setting.enrolled, &draws);
    mien_status status = combine(&enrolled, frames, j->setting.enrolled);
    if (status == MIEN_OK)
        status = make_key(&j->tools[worker], &message, enrolled.embedding, &draws);
    for (size_t i = 0; i < j->impostor_count && status == MIEN_OK; i++) {
        if (j->impostors[i] == victim) continue;
        trial->cosine = (float)mien_combine_cosine(enrolled.embedding, j->probes[i]);
        trial->rank = MIEN_EVAL_NOT_TRIED;
        attack_one(j, v, worker, trial, message, j->probes[i],
                   mien_eval_random_next(&draws) >> 32 < j->key_share);
        trial++;
    }
    mien_wipe(frames, sizeof frames);
    mien_wipe(&enrolled, sizeof enrolled);
    mien_wipe(&message, sizeof message);
    return status;
}

static void genuine_task(void *context, size_t i, unsigned worker) {
    job *j = context;
    j->outcome[i] = genuine_trial(j, j->first_task + i, worker);
}

static void attack_task(void *context, size_t i, unsigned worker) {
    job *j = context;
    j->outcome[i] = attack_vault(j, j->first_task + i, worker);
}

/* `count` tasks in groups, so that progress can be told and work stopped; `done` genuine trials and
 * attacks came before them. */
static mien_status run_tasks(job *j, mien_pool *pool, void (*task)(void *, size_t, unsigned),
                             size_t from, size_t count, size_t done,
                             const mien_progress *progress) {
    size_t total = j->result->genuine_count + j->result->vaults;
    for (size_t i = 0; i < count; i += GROUP) {
        size_t now = count - i < GROUP ? count - i : GROUP;
        if (!mien_progress_report(progress, "trials", done + i, total)) return MIEN_INTERRUPTED;
        j->first_task = from + i;
        mien_pool_run(pool, task, j, now);
        for (size_t k = 0; k < now; k++) MIEN_TRY(j->outcome[k]);
    }
    return MIEN_OK;
}

static size_t select_people(uint32_t *out, const mien_eval_set *set, size_t least) {
    size_t count = 0;
    for (size_t i = 0; i < set->people; i++)
        if (frames_of(set, i) >= least) out[count++] = (uint32_t)i;
    return count;
}

static mien_status select_all(job *j) {
    const mien_eval_set *set = j->set;
    uint32_t *numbers = calloc(3 * set->people + 1, sizeof *numbers);
    if (numbers == NULL) return MIEN_MEMORY;
    j->able_to_match = numbers;
    j->victims = numbers + set->people;
    j->impostors = numbers + 2 * set->people;
    j->match_count =
        select_people(j->able_to_match, set, j->setting.enrolled + j->setting.unlocking);
    j->victim_count = select_people(j->victims, set, j->setting.enrolled);
    j->impostor_count = select_people(j->impostors, set, j->setting.unlocking);
    return j->victim_count >= 1 && j->impostor_count >= 2 && j->match_count >= 1 ? MIEN_OK
                                                                                 : MIEN_ARGUMENT;
}

static mien_status make_tools(job *j, unsigned workers) {
    size_t pieces[3] = {sizeof(mien_sketch_rotation), mien_sketch_make_workspace_size(),
                        mien_sketch_recover_workspace_size()};
    size_t size = (size_t)SIZE * j->impostor_count + 64;
    for (int i = 0; i < 3; i++) size += workers * (pieces[i] + 64);
    j->tools = calloc(workers, sizeof *j->tools);
    if (j->tools == NULL) return MIEN_MEMORY;
    MIEN_TRY(mien_secret_arena_create(&j->arena, size, NULL));
    for (unsigned w = 0; w < workers; w++) {
        j->tools[w].rotation = mien_secret_arena_take(&j->arena, pieces[0]);
        j->tools[w].make = mien_secret_arena_take(&j->arena, pieces[1]);
        j->tools[w].recover = mien_secret_arena_take(&j->arena, pieces[2]);
        if (j->tools[w].recover == NULL) return MIEN_MEMORY;
    }
    j->probes = mien_secret_arena_take(&j->arena, (size_t)SIZE * j->impostor_count);
    return j->probes != NULL ? MIEN_OK : MIEN_MEMORY;
}

static mien_status run_genuine(job *j, mien_pool *pool, const mien_progress *progress) {
    mien_eval_result *r = j->result;
    r->genuine = calloc(r->genuine_count, sizeof *r->genuine);
    j->below_gate = calloc(r->genuine_count, sizeof *j->below_gate);
    if (r->genuine == NULL || j->below_gate == NULL) return MIEN_MEMORY;
    MIEN_TRY(run_tasks(j, pool, genuine_task, 0, r->genuine_count, 0, progress));
    for (size_t i = 0; i < r->genuine_count; i++) {
        bool found = r->genuine[i].rank < MIEN_EVAL_NOT_FOUND;
        r->genuine_found += found;
        r->accepted_found += found && !j->below_gate[i];
        r->refused_enrolments += j->below_gate[i];
    }
    return MIEN_OK;
}

/* Number of others among the impostors, for one victim. */
static size_t others_of(const job *j, uint32_t victim) {
    return j->impostor_count - (frames_of(j->set, victim) >= j->setting.unlocking);
}

static size_t pairs_a_round(const job *j) {
    size_t pairs = 0;
    for (size_t v = 0; v < j->victim_count; v++) pairs += others_of(j, j->victims[v]);
    return pairs;
}

/* How many trials and attacks there will be. */
static mien_status plan(job *j, size_t keys) {
    mien_eval_result *r = j->result;
    r->genuine_people = j->match_count;
    r->genuine_count = r->enrolments = j->match_count * j->repeats;
    size_t pairs = pairs_a_round(j), wanted = keys > j->pairs ? keys : j->pairs;
    j->rounds = (wanted + pairs - 1) / pairs;
    if (j->rounds > MAX_ROUNDS) j->rounds = MAX_ROUNDS;
    r->impostor_people = j->impostor_count;
    r->vaults = j->rounds * j->victim_count;
    r->impostor_count = j->rounds * pairs;
    double share = (double)keys / (double)r->impostor_count;
    j->key_share = share >= 1 ? (size_t)1 << 32 : (size_t)(share * 4294967296.0);
    r->impostor = calloc(r->impostor_count, sizeof *r->impostor);
    r->vault_start = calloc(r->vaults + 1, sizeof *r->vault_start);
    j->vaults = calloc(r->vaults, sizeof *j->vaults);
    if (r->impostor == NULL || r->vault_start == NULL || j->vaults == NULL) return MIEN_MEMORY;
    for (size_t v = 0; v < r->vaults; v++)
        r->vault_start[v + 1] = r->vault_start[v] + others_of(j, j->victims[v % j->victim_count]);
    return MIEN_OK;
}

static mien_status draw_probes(job *j) {
    mien_combine_frame frames[MAX_DRAW];
    mien_combined seen;
    mien_eval_random draws;
    mien_status status = MIEN_OK;
    mien_eval_random_seed(&draws, j->seed, stream_of(STREAM_DRAW, j->setting, j->round));
    for (size_t i = 0; i < j->impostor_count && status == MIEN_OK; i++) {
        draw(frames, j->set, j->impostors[i], j->setting.unlocking, &draws);
        status = combine(&seen, frames, j->setting.unlocking);
        memcpy(j->probes[i], seen.embedding, SIZE);
    }
    mien_wipe(frames, sizeof frames);
    mien_wipe(&seen, sizeof seen);
    return status;
}

static void count_openings(job *j) {
    mien_eval_result *r = j->result;
    for (size_t v = 0; v < r->vaults; v++) {
        const vault_counts *counts = &j->vaults[v];
        double others = (double)(r->vault_start[v + 1] - r->vault_start[v]);
        r->impostor_keys += counts->tried;
        r->impostor_found += counts->found;
        r->sample_keys += counts->sampled;
        r->sample_found += counts->sample_found;
        r->vaults_opened += counts->found != 0;
        if (others > 0 && counts->found / others > r->worst_vault)
            r->worst_vault = counts->found / others;
    }
}

static mien_status run_attacks(job *j, mien_pool *pool, const mien_progress *progress) {
    for (j->round = 0; j->round < j->rounds; j->round++) {
        size_t first = j->round * j->victim_count;
        MIEN_TRY(draw_probes(j));
        MIEN_TRY(run_tasks(j, pool, attack_task, first, j->victim_count,
                           j->result->genuine_count + first, progress));
    }
    count_openings(j);
    return MIEN_OK;
}

static void release_job(job *j, unsigned workers) {
    double make = 0, recover = 0;
    size_t made = 0, recovered = 0;
    for (unsigned w = 0; w < workers && j->tools != NULL; w++) {
        make += j->tools[w].make_seconds, made += j->tools[w].made;
        recover += j->tools[w].recover_seconds, recovered += j->tools[w].recovered;
    }
    j->result->make_milliseconds = made != 0 ? 1e3 * make / (double)made : 0;
    j->result->recover_milliseconds = recovered != 0 ? 1e3 * recover / (double)recovered : 0;
    free(j->tools);
    free(j->able_to_match);
    free(j->below_gate);
    free(j->vaults);
    mien_secret_arena_destroy(&j->arena);
}

mien_status mien_eval_trials(mien_eval_result *result, const mien_eval_set *set,
                             mien_eval_setting setting, const mien_eval_effort *effort,
                             uint64_t seed, mien_pool *pool, const mien_progress *progress) {
    memset(result, 0, sizeof *result);
    result->setting = setting;
    if (setting.enrolled == 0 || setting.unlocking == 0 || effort->repeats == 0 ||
        setting.enrolled + setting.unlocking > MAX_DRAW)
        return MIEN_ARGUMENT;
    job j = {.set = set,
             .setting = setting,
             .seed = seed,
             .repeats = effort->repeats,
             .pairs = effort->impostor_pairs,
             .result = result};
    mien_status status = select_all(&j);
    if (status == MIEN_OK) status = make_tools(&j, mien_pool_threads(pool));
    if (status == MIEN_OK) status = plan(&j, effort->impostor_keys);
    if (status == MIEN_OK) status = run_genuine(&j, pool, progress);
    if (status == MIEN_OK) status = run_attacks(&j, pool, progress);
    release_job(&j, mien_pool_threads(pool));
    if (status != MIEN_OK) mien_eval_result_free(result);
    return status;
}

void mien_eval_result_free(mien_eval_result *result) {
    free(result->genuine);
    free(result->impostor);
    free(result->vault_start);
    memset(result, 0, sizeof *result);
}
