/* SPDX-License-Identifier: MIT */
/* That proofs of inference and face tell nothing but their statement. A simulator (simulator.h)
 * makes proofs that are accepted from the statement alone; what it makes cannot be told from real
 * proofs, nor those of two witnesses from each other, with the same challenges for all; and
 * mistakes that would tell something are noticed.
 *
 * Counts are compared by chi-square with 15 degrees of freedom: above 75 in one of a few thousand
 * features has a probability below 1e-5. The seed is fixed; MIEN_TEST_SEED takes another. */
#include "tests/prover/cnn/simulator.h"
#include "tests/prover/cnn/statement_sample.h"
#include "tests/prover/cnn/toy_parameters.h"
#include "tests/prover/cnn/wire_map.h"
#include "tests/prover/ranks.h"

enum { LIMIT = 75, BUCKETS = 16, CAPACITY = 1 << 20 };

static uint8_t *made; /* by the simulator */
static size_t made_length;
static wire_map map;

static void leave_toys(void) {
    oracle_set(ORACLE_REAL, 0);
    chosen_parameters = NULL;
    network = toy_make;
}

/* ---- the simulator's proofs are accepted, by whoever believes its oracle */

static mien_status verify_bytes(const mien_inference_statement *statement, const uint8_t *bytes,
                                size_t length) {
    size_t size = mien_inference_verify_workspace_size(parameters(), statement);
    if (size == 0) return MIEN_ARGUMENT;
    return mien_inference_verify(parameters(), statement, bytes, length, reserve(size), size);
}

static mien_status simulate_next(mien_inference_statement *statement, mien_private_weights *weights,
                                 uint64_t challenges, bool program) {
    uint8_t seed[32];
    harness_random_bytes(seed, sizeof seed);
    return simulate(made, CAPACITY, &made_length, parameters(), statement, weights, seed,
                    challenges, program);
}

/* Nothing that a statement does not say; the frame is not there, nor the output unless public. */
static void forget_witness(sample *s) {
    const mien_inference_statement *st = &s->statement;
    memset(&s->witness, 0, sizeof s->witness);
    memset(s->net.w, 0, sizeof *s->net.w << s->net.plan->log2_size);
    memset(s->net.witness.first, 0, sizeof *s->net.w << (s->net.plan->log2_half + 1));
    memset(s->net.counts, 0, sizeof *s->net.counts * s->net.plan->table_rows);
    for (uint32_t i = 0; i <= s->net.cnn.layer_count; i++) {
        if (i == 0 && st->frame == MIEN_FRAME_PUBLIC) continue;
        if (i == s->net.cnn.layer_count && st->output == MIEN_OUTPUT_PUBLIC) continue;
        memset(s->net.tensors[i], 0, toy_elements(toy_shape(&s->net, i)) * sizeof(int16_t));
    }
}

static void accepted_where_programmed(mien_frame_binding frame, mien_output_binding output,
                                      bool hidden, const mien_inference_parameters *set) {
    sample s;
    chosen_parameters = set != NULL ? set : toy_parameters_for(output);
    network = set != NULL ? toy_make : toy_make_tiny;
    make(&s, frame, output);
    if (hidden) hide_weights(&s, 2);
    forget_witness(&s);
    for (int round = 0; round < 2; round++) {
        /* a statement that no witness fits serves as well: the simulator has none */
        if (round == 1 && output == MIEN_OUTPUT_PUBLIC) s.output[0]++;
        if (round == 1 && output == MIEN_OUTPUT_MATCHED) s.statement.match.epoch++;
        if (round == 1 && output == MIEN_OUTPUT_COMMITTED) s.statement.output_commitment[0] ^= 1;
        oracle_forget();
        CHECK_INT(simulate_next(&s.statement, hidden ? &s.weights : NULL, harness_random(), true),
                  MIEN_OK);
        oracle_set(ORACLE_PROGRAMMED, 0);
        CHECK_INT(verify_bytes(&s.statement, made, made_length), MIEN_OK);
        CHECK(oracle_answered() > 20);
        made[made_length / 2] ^= 1;
        CHECK_INT(verify_bytes(&s.statement, made, made_length), MIEN_PROOF_INVALID);
        made[made_length / 2] ^= 1;
        oracle_set(ORACLE_REAL, 0); /* nobody else is convinced */
        CHECK_INT(verify_bytes(&s.statement, made, made_length), MIEN_PROOF_INVALID);
    }
    end(&s);
    leave_toys();
}

static void simulated_proofs_are_accepted(void) {
    for (int frame = MIEN_FRAME_HIDDEN; frame <= MIEN_FRAME_PUBLIC; frame++)
        for (int output = MIEN_OUTPUT_PUBLIC; output <= MIEN_OUTPUT_MATCHED; output++)
            accepted_where_programmed((mien_frame_binding)frame, (mien_output_binding)output, false,
                                      NULL);
    for (int output = MIEN_OUTPUT_PUBLIC; output <= MIEN_OUTPUT_MATCHED; output++)
        accepted_where_programmed(MIEN_FRAME_COMMITTED, (mien_output_binding)output, true, NULL);
}

static void simulated_with_the_sets_in_use(void) {
    accepted_where_programmed(MIEN_FRAME_COMMITTED, MIEN_OUTPUT_MATCHED, false,
                              mien_inference_parameters_100());
    accepted_where_programmed(MIEN_FRAME_HIDDEN, MIEN_OUTPUT_COMMITTED, false,
                              mien_inference_parameters_128());
}

/* ---- two witnesses of one statement */

/* Another random frame through the same network. */
static void run_again(sample *s) {
    toy *t = &s->net;
    for (uint32_t i = 0; i <= t->cnn.layer_count; i++) {
        free(t->tensors[i]);
        t->tensors[i] = NULL;
        if (i == t->cnn.layer_count) break;
        free(t->accumulators[i]);
        t->accumulators[i] = NULL;
    }
    free(t->plan);
    free(t->w);
    free(t->witness.first);
    free(t->counts);
    if (toy_run(t) != MIEN_OK) abort();
    s->output = t->tensors[t->cnn.layer_count];
    s->witness.values = t->witness;
    s->witness.output = s->output;
    s->statement.plan = t->plan;
    if (s->statement.output == MIEN_OUTPUT_PUBLIC) s->statement.output_values = s->output;
}

static bool frames_differ(const sample *a, const sample *b) {
    return memcmp(a->net.tensors[0], b->net.tensors[0],
                  toy_elements(a->net.cnn.input) * sizeof(int16_t)) != 0;
}

/* Witnesses with frames that differ: of the same output, or of two outputs that match. */
static void make_pair(sample pair[2], mien_frame_binding frame, mien_output_binding output) {
    uint64_t seed = harness_random();
    size_t size;
    for (int i = 0; i < 2; i++) {
        harness_random_state = seed;
        make(&pair[i], frame, output);
        pair[i].statement.match.threshold = output == MIEN_OUTPUT_MATCHED ? 1 : 0;
    }
    size = mien_inference_output_size(&pair[0].net.cnn) * sizeof(int16_t);
    harness_random_state = seed + 1;
    for (int tries = 0;; tries++) {
        run_again(&pair[1]);
        if (tries > 2000000) abort();
        if (!frames_differ(&pair[0], &pair[1])) continue;
        if (output != MIEN_OUTPUT_MATCHED && memcmp(pair[0].output, pair[1].output, size) == 0)
            break;
        int64_t dot = 0;
        for (int i = 0; output == MIEN_OUTPUT_MATCHED && i < MIEN_EMBEDDING_SIZE; i++)
            dot += pair[1].output[i] * pair[1].witness.template_vector[i];
        if (dot > 20000) break;
    }
    memcpy(pair[1].witness.output_blinding, pair[0].witness.output_blinding, MIEN_DIGEST_SIZE);
    memcpy(pair[1].statement.output_commitment, pair[0].statement.output_commitment,
           MIEN_DIGEST_SIZE);
}

/* A fresh C_x for each proof: it is part of what is published. */
static mien_status prove_fresh(sample *s) {
    if (s->statement.frame == MIEN_FRAME_COMMITTED) {
        free(s->frame_memory);
        commit_frame(s);
    }
    return prove(s);
}

/* ---- counts of a proof's words, by kind of section and place */

enum { FEATURES_MAX = 1 << 14, PROJECTIONS = 48, LINEAR_WORDS = 1 << 13 };
typedef struct feature_list {
    size_t count;
    uint32_t seen[2][FEATURES_MAX][BUCKETS];
    mien_f projection[PROJECTIONS][LINEAR_WORDS];
    uint64_t fixed; /* which of the words the projections take */
} feature_list;
static feature_list features;

static void start_counting(void) {
    memset(&features.seen, 0, sizeof features.seen);
    for (int i = 0; i < PROJECTIONS; i++)
        for (int k = 0; k < LINEAR_WORDS; k++)
            features.projection[i][k] = MIEN_F_RAW((uint32_t)harness_random_below(MIEN_F_MODULUS));
}

/* Places of a kind that have features of their own; further ones share them. */
static size_t places(wire_kind kind) {
    size_t words = wire_units[kind] / 4;
    if (wire_units[kind] == 20) return words * 256;
    return wire_units[kind] == 4 ? 160 : 8;
}

static uint32_t bucket(uint32_t word, bool element) {
    return element ? word >> 27 : (word >> 28 ^ word >> 20) & 15;
}

/* What is uniform by itself: wire, u or its root, columns, responses. */
static void count_words(int side, const uint8_t *bytes) {
    size_t first[WIRE_KIND_COUNT] = {0}, next = PROJECTIONS, linear = 0;
    mien_f sums[PROJECTIONS];
    for (int i = 0; i < PROJECTIONS; i++) sums[i] = MIEN_F_ZERO;
    for (int kind = 0; kind < WIRE_KIND_COUNT; kind++) {
        first[kind] = next;
        next += places((wire_kind)kind);
    }
    if (next > FEATURES_MAX) abort();
    features.count = next;
    for (size_t i = 0; i < map.count; i++) {
        const wire_section *s = &map.sections[i];
        bool element = wire_units[s->kind] == 4 || wire_units[s->kind] == 20;
        if (s->kind == WIRE_HEAD || s->kind == WIRE_NONCE) continue;
        for (size_t k = 0; k < s->count * wire_units[s->kind] / 4; k++) {
            uint32_t word = mien_load_le32(bytes + s->at + 4 * k);
            size_t at = first[s->kind] + k % places(s->kind);
            features.seen[side][at][bucket(word, element)]++;
            if (!element || linear == LINEAR_WORDS) continue;
            mien_f value = mien_f_from_u32(word);
            for (int n = 0; n < PROJECTIONS; n++) /* one in 1 + n words */
                if (linear % (1 + (size_t)n) == 0)
                    sums[n] =
                        mien_f_add(sums[n], mien_f_mul(features.projection[n][linear], value));
            linear++;
        }
    }
    for (int n = 0; n < PROJECTIONS; n++) features.seen[side][n][mien_f_to_u32(sums[n]) >> 27]++;
}

static double worst_difference(void) {
    double worst = 0;
    for (size_t i = 0; i < features.count; i++) {
        double sum = 0;
        for (size_t b = 0; b < BUCKETS; b++) {
            double x = features.seen[0][i][b], y = features.seen[1][i][b];
            if (x + y > 0) sum += (x - y) * (x - y) / (x + y);
        }
        worst = sum > worst ? sum : worst;
    }
    return worst;
}

static size_t rounds_of(size_t usual) {
    return getenv("MIEN_TEST_SWEEP_STEP") != NULL ? usual / 4 : usual;
}

static void read_map(const mien_inference_statement *statement, uint8_t *bytes, size_t length) {
    CHECK_INT(wire_map_make(&map, parameters(), statement, bytes, length, false), MIEN_OK);
}

typedef enum comparison { TWO_WITNESSES, REAL_AND_SIMULATED } comparison;

/* One of the two sides' next proof, counted. Challenges are the same for all, unless `own`. */
static void count_next(int side, comparison what, sample pair[2], bool own) {
    uint64_t challenges = own ? harness_random() : 5;
    const mien_inference_statement *st = &pair[0].statement;
    bool simulated = what == REAL_AND_SIMULATED && side == 1;
    if (simulated) {
        mien_inference_statement copy = *st;
        bool hidden = st->weights != NULL;
        mien_private_weights weights = pair[0].weights;
        if (hidden) copy.weights = &weights;
        CHECK_INT(simulate_next(&copy, hidden ? &weights : NULL, challenges, false), MIEN_OK);
        read_map(&copy, made, made_length);
        CHECK_INT(verify_bytes(&copy, made, made_length), MIEN_OK);
        count_words(side, made);
        return;
    }
    sample *s = &pair[what == TWO_WITNESSES ? side : 0];
    oracle_set(ORACLE_BLIND, challenges);
    CHECK_INT(prove_fresh(s), MIEN_OK);
    read_map(&s->statement, proof, proof_length);
    count_words(side, proof);
}

static double compare(mien_frame_binding frame, mien_output_binding output, comparison what,
                      size_t rounds, bool own) {
    sample pair[2];
    chosen_parameters = toy_parameters_for(output);
    network = toy_make_tiny;
    make_pair(pair, frame, output);
    start_counting();
    for (size_t i = 0; i < 2 * rounds; i++) count_next((int)(i % 2), what, pair, own);
    end(&pair[0]);
    end(&pair[1]);
    leave_toys();
    return worst_difference();
}

static void real_proofs_look_simulated(void) {
    double fixed =
        compare(MIEN_FRAME_HIDDEN, MIEN_OUTPUT_PUBLIC, REAL_AND_SIMULATED, rounds_of(500), false);
    double own =
        compare(MIEN_FRAME_HIDDEN, MIEN_OUTPUT_PUBLIC, REAL_AND_SIMULATED, rounds_of(300), true);
    double frame = compare(MIEN_FRAME_COMMITTED, MIEN_OUTPUT_COMMITTED, REAL_AND_SIMULATED,
                           rounds_of(350), false);
    double matched =
        compare(MIEN_FRAME_HIDDEN, MIEN_OUTPUT_MATCHED, REAL_AND_SIMULATED, rounds_of(100), false);
    printf("real against simulated: worst chi-square %.1f, own challenges %.1f, C_x and C_y %.1f, "
           "face %.1f (limit %d, %zu features)\n",
           fixed, own, frame, matched, LIMIT, features.count);
    CHECK(fixed < LIMIT && own < LIMIT && frame < LIMIT && matched < LIMIT);
}

/* ---- mistakes */

typedef enum mistake { MISTAKE_NONE, MISTAKE_UNPADDED, MISTAKE_PAD_TWICE } mistake;
static mistake now;
static size_t bumped = SIZE_MAX; /* word of the pads that is one more */

static void at_commitment(void *context, mien_k *pads, mien_f *rows) {
    (void)context, (void)rows;
    if (bumped != SIZE_MAX) {
        mien_f *word = &pads[bumped / MIEN_K_DEGREE].c[bumped % MIEN_K_DEGREE];
        *word = mien_f_add(*word, MIEN_F_ONE);
    }
    if (now == MISTAKE_UNPADDED) pads[6] = MIEN_K_ZERO;
    if (now == MISTAKE_PAD_TWICE) pads[9] = pads[6];
}
static const mien_inference_observers watch = {NULL, NULL, at_commitment, NULL};

static void two_witnesses_look_alike(void) {
    double same =
        compare(MIEN_FRAME_HIDDEN, MIEN_OUTPUT_PUBLIC, TWO_WITNESSES, rounds_of(500), false);
    double frame =
        compare(MIEN_FRAME_COMMITTED, MIEN_OUTPUT_COMMITTED, TWO_WITNESSES, rounds_of(350), false);
    double matched =
        compare(MIEN_FRAME_HIDDEN, MIEN_OUTPUT_MATCHED, TWO_WITNESSES, rounds_of(100), false);
    observers = &watch;
    now = MISTAKE_UNPADDED;
    double told = compare(MIEN_FRAME_HIDDEN, MIEN_OUTPUT_PUBLIC, TWO_WITNESSES, 100, false);
    now = MISTAKE_NONE;
    observers = NULL;
    printf("two witnesses: worst chi-square %.1f, C_x and C_y %.1f, face %.1f; a message unpadded "
           "%.0f (limit %d)\n",
           same, frame, matched, told, LIMIT);
    CHECK(same < LIMIT && frame < LIMIT && matched < LIMIT);
    CHECK(told > LIMIT);
}

/* The wire by the pads' words, challenges and all other randomness fixed: of full rank exactly when
 * each message has a pad of its own. */
static bool wire_is_uniform(sample *s, mistake which, size_t pads) {
    size_t words = pads * MIEN_K_DEGREE;
    mien_f *m = malloc(words * words * sizeof *m), *base = malloc(words * sizeof *base);
    mien_random_seeded_state kept = generator_state;
    const wire_section *wire;
    if (m == NULL || base == NULL) abort();
    now = which;
    observers = &watch;
    for (size_t i = 0; i <= words; i++) {
        bumped = i == words ? SIZE_MAX : i;
        generator_state = kept;
        CHECK_INT(prove(s), MIEN_OK);
        read_map(&s->statement, proof, proof_length);
        wire = wire_find(&map, WIRE_MESSAGES, 0);
        for (size_t k = 0; k < words; k++) {
            mien_f word = mien_f_from_u32(mien_load_le32(proof + wire->at + 4 * k));
            if (i == words)
                base[k] = word;
            else
                m[i * words + k] = word;
        }
    }
    for (size_t i = 0; i < words; i++)
        for (size_t k = 0; k < words; k++) m[i * words + k] = mien_f_sub(m[i * words + k], base[k]);
    size_t rank = rank_of(m, words, words, 0, words);
    now = MISTAKE_NONE;
    bumped = SIZE_MAX;
    observers = NULL;
    free(m);
    free(base);
    return rank == words;
}

static void each_message_has_its_pad(void) {
    sample s;
    chosen_parameters = &toy_parameters;
    network = toy_make_tiny;
    make(&s, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_COMMITTED);
    oracle_set(ORACLE_BLIND, 9);
    CHECK_INT(prove(&s), MIEN_OK);
    read_map(&s.statement, proof, proof_length);
    size_t all = wire_find(&map, WIRE_MESSAGES, 0)->count;
    CHECK(wire_is_uniform(&s, MISTAKE_NONE, getenv("MIEN_TEST_SWEEP_STEP") != NULL ? 12 : all));
    CHECK(!wire_is_uniform(&s, MISTAKE_UNPADDED, 12));
    CHECK(!wire_is_uniform(&s, MISTAKE_PAD_TWICE, 12));
    end(&s);
    leave_toys();
}

/* ---- C_x: what `count` opened columns tell about its rows. Uniform exactly when they move freely
 * with the q random coefficients of each row. */
static bool columns_are_uniform(mien_frame *frame, const uint32_t *columns, size_t count) {
    mien_tensor_commitment *c = &frame->tensor;
    mien_machine machine = mien_machine_best(NULL);
    mien_tensor_matrix matrix = mien_tensor_matrix_of(c, &machine);
    size_t rows = c->shape.row_count, words = rows * mien_tensor_row_randomness(&c->shape);
    size_t view = rows * count;
    mien_f *m = malloc((words + 1) * view * sizeof *m);
    if (m == NULL) abort();
    for (size_t i = 0; i <= words; i++) { /* the last run is the base */
        mien_f kept = c->randomness[i % words];
        if (i < words) c->randomness[i] = mien_f_add(kept, MIEN_F_ONE);
        mien_tensor_encode(&matrix, NULL);
        c->randomness[i % words] = kept;
        for (size_t k = 0; k < count; k++)
            for (size_t e = 0; e < rows; e++) {
                size_t group = e / MIEN_LANES << c->shape.log2_columns;
                m[i * view + k * rows + e] =
                    c->codewords[(group + columns[k]) * MIEN_LANES + e % MIEN_LANES];
            }
    }
    for (size_t i = 0; i < words; i++)
        for (size_t k = 0; k < view; k++)
            m[i * view + k] = mien_f_sub(m[i * view + k], m[words * view + k]);
    size_t rank = rank_of(m, view, words, 0, view);
    free(m);
    return rank == view;
}

/* Columns of C_x that a proof opened: those whose elements are the commitment's. */
static size_t opened_columns(uint32_t *out, const mien_frame *frame) {
    const mien_tensor_commitment *c = &frame->tensor;
    size_t found = 0;
    for (size_t i = 0; i < c->shape.queries; i++) {
        const wire_section *salt = wire_find(&map, WIRE_FRAME_SALT, i);
        for (uint32_t k = 0; k < 1u << c->shape.log2_columns; k++)
            if (memcmp(proof + salt->at, c->salts + (size_t)k * MIEN_MERKLE_SALT,
                       MIEN_TENSOR_SALT) == 0)
                out[found++] = k;
    }
    return found;
}

static size_t join_columns(uint32_t *out, size_t count, const uint32_t *more, size_t more_count) {
    for (size_t i = 0; i < more_count; i++) {
        bool there = false;
        for (size_t k = 0; k < count; k++) there |= out[k] == more[i];
        if (!there) out[count++] = more[i];
    }
    return count;
}

static void one_frame_commitment_one_proof(void) {
    sample s;
    uint32_t columns[128], more[64];
    chosen_parameters = &toy_parameters;
    network = toy_make_tiny;
    make(&s, MIEN_FRAME_COMMITTED, MIEN_OUTPUT_PUBLIC);
    CHECK_INT(prove(&s), MIEN_OK);
    read_map(&s.statement, proof, proof_length);
    size_t q = s.frame.tensor.shape.queries, count = opened_columns(columns, &s.frame);
    CHECK_INT(count, q);
    REQUIRE(q < 64);
    CHECK(columns_are_uniform(&s.frame, columns, count));
    columns[q] = columns[0] ^ 1; /* one more */
    for (size_t i = 0; i < q; i++)
        if (columns[i] == columns[q]) columns[q] ^= 6;
    CHECK(!columns_are_uniform(&s.frame, columns, q + 1));
    CHECK(prove(&s) != MIEN_OK); /* refused; made to, it opens others */
    s.frame.tensor.opened = 0;
    CHECK_INT(prove(&s), MIEN_OK);
    read_map(&s.statement, proof, proof_length);
    CHECK_INT(opened_columns(more, &s.frame), q);
    size_t both = join_columns(columns, q, more, q);
    CHECK(both > q);
    CHECK(!columns_are_uniform(&s.frame, columns, both));
    printf("C_x: %zu columns tell nothing; one more, or the %zu of two proofs, do\n", q, both);
    end(&s);
    leave_toys();
}

int main(void) {
    const char *given = getenv("MIEN_TEST_SEED");
    harness_random_state = given != NULL ? strtoull(given, NULL, 0) : 20261122;
    seed_generator();
    made = malloc(CAPACITY);
    if (made == NULL) return 1;
    RUN(simulated_proofs_are_accepted);
    RUN(simulated_with_the_sets_in_use);
    RUN(real_proofs_look_simulated);
    RUN(two_witnesses_look_alike);
    RUN(each_message_has_its_pad);
    RUN(one_frame_commitment_one_proof);
    free(made);
    free(workspace);
    free(proof);
    return harness_end();
}
