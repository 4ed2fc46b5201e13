/* SPDX-License-Identifier: MIT */
/* The C side of tests/reference/compare_inference.py.
 *   test-reference-inference-cases make FOLDER    networks, statements and proofs, true and false:
 *                                                 FOLDER/NNNN.network, .statement, .proof
 *   test-reference-inference-cases judge FOLDER   the cases again, changed as FOLDER/changes says:
 *                                                 a line "CASE FILE OP .." with FILE n, s or p and
 *                                                 "set OFFSET HEX", "cut LENGTH", "add HEX"; "seal"
 *                                                 before OP makes the network's checksum again
 * Both print "NNNN VERDICT NAME", VERDICT being C's: accept, reject, or refuse for a network or a
 * statement that is not looked at. The fields of a statement file: encode() below. */
#include <unistd.h>

#include "prover/circuits/output_assign.h"
#include "prover/prover.h"
#include "prover/statement/inference_prove.h"
#include "tests/prover/reference_files.h"
#include "tests/prover/reference_networks.h"
#include "wallet/proof/run.h"

enum { STATEMENT_HEAD = 2 + 1 + 1 + 32 + 32 + 3 * 36 + 32 + 3 * 4, VALUES_MAX = 8192 };

typedef struct instance {
    mien_network *network;
    mien_proof_network *plan;
    mien_inference_statement statement;
    uint16_t set;
    int16_t frame[VALUES_MAX], output[VALUES_MAX];
    size_t frame_count, output_count;
} instance;

/* There is no going on without it. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("%04u %s:%d: %s\n", cases, __FILE__, __LINE__, #condition);                     \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)
static uint8_t *workspace;
static size_t workspace_size;
static mien_random generator;
static mien_random_seeded_state generator_state;

static void *reserve(size_t size) {
    if (size > workspace_size) {
        free(workspace);
        workspace_size = (size + 63) / 64 * 64;
        workspace = aligned_alloc(64, workspace_size);
        if (workspace == NULL) abort();
    }
    return workspace;
}

static const mien_inference_parameters *parameters(uint16_t set) {
    return set == 1   ? mien_inference_parameters_100()
           : set == 2 ? mien_inference_parameters_128()
                      : NULL;
}

/* ---- statement files */

static void put_values(mien_writer *writer, const int16_t *values, size_t count) {
    MUST(mien_write_le32(writer, (uint32_t)count) == MIEN_OK);
    for (size_t i = 0; i < count; i++)
        MUST(mien_write_le16(writer, (uint16_t)values[i]) == MIEN_OK);
}

static size_t encode(uint8_t *out, size_t capacity, const instance *x) {
    const mien_inference_statement *s = &x->statement;
    mien_writer writer = mien_writer_of(out, capacity);
    bool good = mien_write_le16(&writer, x->set) == MIEN_OK &&
                mien_write_u8(&writer, (uint8_t)s->frame) == MIEN_OK &&
                mien_write_u8(&writer, (uint8_t)s->output) == MIEN_OK &&
                mien_write_bytes(&writer, s->context, 32) == MIEN_OK &&
                mien_write_bytes(&writer, s->frame_commitment, 32) == MIEN_OK &&
                mien_write_bytes(&writer, s->output_commitment, 36) == MIEN_OK &&
                mien_write_bytes(&writer, s->match.template_commitment, 36) == MIEN_OK &&
                mien_write_bytes(&writer, s->match.key_check, 36) == MIEN_OK &&
                mien_write_bytes(&writer, s->match.service, 32) == MIEN_OK &&
                mien_write_le32(&writer, s->match.epoch) == MIEN_OK &&
                mien_write_le32(&writer, s->match.slot) == MIEN_OK &&
                mien_write_le32(&writer, s->match.threshold) == MIEN_OK;
    MUST(good);
    put_values(&writer, x->frame, x->frame_count);
    put_values(&writer, x->output, x->output_count);
    return writer.used;
}

static bool take_values(mien_reader *reader, int16_t *values, size_t *count) {
    uint32_t stated;
    if (mien_read_le32(reader, &stated) != MIEN_OK || stated > VALUES_MAX) return false;
    *count = stated;
    for (size_t i = 0; i < stated; i++)
        if (mien_read_le16(reader, (uint16_t *)&values[i]) != MIEN_OK) return false;
    return true;
}

static bool decode(instance *x, const uint8_t *bytes, size_t length) {
    mien_inference_statement *s = &x->statement;
    mien_reader reader = mien_reader_of(bytes, length);
    uint8_t frame = 0, output = 0;
    memset(s, 0, sizeof *s);
    bool good =
        mien_read_le16(&reader, &x->set) == MIEN_OK && mien_read_u8(&reader, &frame) == MIEN_OK &&
        mien_read_u8(&reader, &output) == MIEN_OK &&
        mien_read_bytes(&reader, s->context, 32) == MIEN_OK &&
        mien_read_bytes(&reader, s->frame_commitment, 32) == MIEN_OK &&
        mien_read_bytes(&reader, s->output_commitment, 36) == MIEN_OK &&
        mien_read_bytes(&reader, s->match.template_commitment, 36) == MIEN_OK &&
        mien_read_bytes(&reader, s->match.key_check, 36) == MIEN_OK &&
        mien_read_bytes(&reader, s->match.service, 32) == MIEN_OK &&
        mien_read_le32(&reader, &s->match.epoch) == MIEN_OK &&
        mien_read_le32(&reader, &s->match.slot) == MIEN_OK &&
        mien_read_le32(&reader, &s->match.threshold) == MIEN_OK &&
        take_values(&reader, x->frame, &x->frame_count) &&
        take_values(&reader, x->output, &x->output_count) && mien_read_end(&reader) == MIEN_OK;
    if (frame > MIEN_FRAME_PUBLIC || output > MIEN_OUTPUT_MATCHED) return false;
    s->frame = (mien_frame_binding)frame;
    s->output = (mien_output_binding)output;
    return good;
}

/* ---- verdicts */

static size_t frame_size(const instance *x) {
    return mien_shape_elements(mien_network_input(x->network));
}

static bool open_network(instance *x, const uint8_t *bytes, size_t length) {
    mien_error error = {MIEN_OK, ""};
    x->plan = NULL;
    return mien_network_load(&x->network, bytes, length, &error) == MIEN_OK &&
           mien_proof_network_create(&x->plan, x->network, &error) == MIEN_OK;
}

static void close_network(instance *x) {
    mien_proof_network_free(x->plan);
    mien_network_free(x->network);
    x->network = NULL;
    x->plan = NULL;
}

/* Put network and values into the statement; false when their numbers do not fit. */
static bool complete(instance *x) {
    mien_inference_statement *s = &x->statement;
    s->cnn = &x->plan->cnn;
    s->plan = &x->plan->plan;
    memcpy(s->model, mien_network_digest(x->network), sizeof s->model);
    memcpy(s->match.context, s->context, sizeof s->context);
    s->frame_values = x->frame;
    s->output_values = x->output;
    if (s->frame == MIEN_FRAME_PUBLIC && x->frame_count != frame_size(x)) return false;
    return s->output != MIEN_OUTPUT_PUBLIC || x->output_count == mien_inference_output_size(s->cnn);
}

/* The proof is judged where nothing lies behind its last byte. */
static const char *verdict(instance *x, const uint8_t *proof, size_t length) {
    const mien_inference_parameters *p = parameters(x->set);
    if (p == NULL || !complete(x)) return "refuse";
    size_t size = mien_inference_verify_workspace_size(p, &x->statement);
    if (size == 0) return "refuse";
    uint8_t *exact = malloc(length > 0 ? length : 1);
    if (exact == NULL) abort();
    if (length > 0) memcpy(exact, proof, length);
    mien_status status =
        mien_inference_verify(p, &x->statement, exact, length, reserve(size), size);
    free(exact);
    return status == MIEN_OK ? "accept" : status == MIEN_PROOF_INVALID ? "reject" : "refuse";
}

/* ---- provers that cheat. X(name): where it acts is in the functions below. */

#define CHEATS(X)                                                                                  \
    X(none)                                                                                        \
    X(frame_other) /* the statement is about another frame, public or committed to */              \
    X(output_other)                                                                                \
    X(witness_output)                                                                              \
    X(witness_remainder)                                                                           \
    X(witness_range)                                                                               \
    X(witness_pixel)                                                                               \
    X(witness_count)                                                                               \
    X(witness_counts_moved)                                                                        \
    X(pad)                                                                                         \
    X(section_bit)                                                                                 \
    X(section_value)                                                                               \
    X(leaf_id)                                                                                     \
    X(leaf_first)                                                                                  \
    X(leaf_second)                                                                                 \
    X(table_count)                                                                                 \
    X(table_row)                                                                                   \
    X(leaves_point)                                                                                \
    X(rows_point)                                                                                  \
    X(functional)                                                                                  \
    X(end_point)                                                                                   \
    X(gap) /* what stands where no value is: no harm, accepted */

typedef enum cheat {
#define X(name) CHEAT_##name,
    CHEATS(X)
#undef X
        CHEAT_COUNT
} cheat;
static const char *const cheat_names[] = {
#define X(name) #name,
    CHEATS(X)
#undef X
};

static cheat now;

static void add_one(mien_f *a) {
    *a = mien_f_add(*a, MIEN_F_ONE);
}

static void add_to_element(mien_k *a) {
    add_one(&a->c[harness_random_below(MIEN_K_DEGREE)]);
}

static void add_to_block(mien_k_block *vector, size_t i) {
    mien_k value = mien_k_block_get(vector, i);
    add_to_element(&value);
    mien_k_block_set(vector, i, value);
}

static size_t position_in(const mien_cnn_block *b) {
    return b->base + (harness_random_below(b->sites) << b->log2_channels) +
           harness_random_below(b->channels);
}

/* A block of outputs; with a shift if there is one. */
static const mien_cnn_block *output_block(const mien_cnn_plan *plan) {
    const mien_cnn_block *found = NULL;
    for (uint32_t i = 0; i < plan->block_count; i++) {
        const mien_cnn_block *b = &plan->blocks[i];
        if (b->kind == MIEN_CNN_BLOCK_OUTPUT && (found == NULL || b->shift > 0)) found = b;
    }
    return found;
}

static void cheat_with_witness(mien_f *w, const mien_cnn_plan *plan) {
    const mien_cnn_block *b = output_block(plan);
    size_t at = position_in(b), half = (size_t)1 << plan->log2_half;
    mien_f *count = w + plan->table_base + harness_random_below(plan->table_rows - 1);
    if (now == CHEAT_witness_output) add_one(&w[at]);
    if (now == CHEAT_witness_remainder) add_one(&w[half + at]);
    if (now == CHEAT_witness_range)
        w[half + at] = mien_f_add(w[half + at], mien_f_from_u32(1u << b->shift));
    if (now == CHEAT_witness_pixel) w[position_in(&plan->blocks[0])] = mien_f_from_i32(300);
    if (now == CHEAT_witness_count || now == CHEAT_witness_counts_moved) add_one(count);
    if (now == CHEAT_witness_counts_moved) count[1] = mien_f_sub(count[1], MIEN_F_ONE);
    if (now == CHEAT_gap) add_one(&w[((size_t)1 << plan->log2_input) - 1]);
}

static void at_commitment(void *context, mien_k *pads, mien_f *rows) {
    const instance *x = context;
    size_t slots = MIEN_MATCH_SLOTS;
    bool matched = x->statement.output == MIEN_OUTPUT_MATCHED;
    if (now == CHEAT_pad) add_to_element(&pads[harness_random_below(20)]);
    if (now == CHEAT_section_bit) /* the first boolean of the section */
        rows[matched ? (MIEN_MATCH_BARE_ROW_LEFT - 10) * slots : slots] = mien_f_from_u32(2);
    if (now == CHEAT_section_value) add_one(&rows[matched ? MIEN_MATCH_BARE_ROW_LEFT * slots : 0]);
}

static void at_step(void *context, mien_inference_step step, mien_inference_view *v) {
    const mien_cnn_block *b = output_block(v->plan);
    size_t at = position_in(b), row = harness_random_below(v->plan->table_rows);
    (void)context;
    if (step == MIEN_INFERENCE_STEP_COLUMNS) {
        if (now == CHEAT_leaf_id) add_one(&v->ids[at]);
        if (now == CHEAT_leaf_first) add_one(&v->first[at]);
        if (now == CHEAT_leaf_second) add_one(&v->second[at]);
    } else if (step == MIEN_INFERENCE_STEP_LEAVES) {
        if (now == CHEAT_leaves_point) add_to_element(&v->points.leaves[1]);
    } else if (step == MIEN_INFERENCE_STEP_TABLES) {
        if (now == CHEAT_table_count) add_one(&v->numerators[row]);
        if (now == CHEAT_table_row) add_to_block(v->denominators, row);
    } else if (step == MIEN_INFERENCE_STEP_ROWS) {
        if (now == CHEAT_rows_point) add_to_element(&v->points.rows[0]);
    } else if (step == MIEN_INFERENCE_STEP_FUNCTIONAL) {
        if (now == CHEAT_functional) add_to_block(v->functional, at);
    } else if (now == CHEAT_end_point) {
        add_to_element(&v->point[v->plan->log2_size - 1]);
    }
}

/* ---- true statements */

typedef struct kind {
    const char *name;
    mien_network_description *(*network)(void);
    uint16_t set;
    mien_frame_binding frame;
    mien_output_binding output;
    bool cheats, others; /* which cheats are played: all of them; those with another statement */
} kind;

static const kind kinds[] = {
    {"face", network_face, 1, MIEN_FRAME_COMMITTED, MIEN_OUTPUT_MATCHED, false, true},
    {"face-128", network_face, 2, MIEN_FRAME_PUBLIC, MIEN_OUTPUT_MATCHED, false, false},
    {"dense", network_dense, 2, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_COMMITTED, false, false},
    {"residual", network_residual, 1, MIEN_FRAME_COMMITTED, MIEN_OUTPUT_COMMITTED, false, true},
    {"pools", network_pools, 1, MIEN_FRAME_PUBLIC, MIEN_OUTPUT_PUBLIC, false, true},
    {"cut", network_cut, 1, MIEN_FRAME_COMMITTED, MIEN_OUTPUT_PUBLIC, false, false},
    {"least", network_least, 1, MIEN_FRAME_PUBLIC, MIEN_OUTPUT_COMMITTED, true, false},
    {"random", network_random, 1, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_PUBLIC, false, false},
};

typedef struct witness {
    mien_inference_witness secret;
    mien_frame frame;
    void *frame_memory;
    mien_tensor_secret frame_secret;
    int16_t *output;
} witness;

static void run_network(instance *x, witness *w) {
    const mien_cnn_plan *plan = x->statement.plan;
    size_t size = frame_size(x), outputs = mien_inference_output_size(x->statement.cnn);
    uint8_t *frame = malloc(size);
    mien_error error = {MIEN_OK, ""};
    mien_proof_run *run;
    mien_cnn_witness *values = &w->secret.values;
    values->w = calloc((size_t)1 << plan->log2_size, sizeof *values->w);
    values->first = calloc((size_t)2 << plan->log2_half, sizeof *values->first);
    values->counts = calloc(plan->table_rows, sizeof *values->counts);
    w->output = malloc(outputs * sizeof *w->output);
    MUST(frame != NULL && size <= VALUES_MAX && outputs <= VALUES_MAX);
    harness_random_bytes(frame, size);
    MUST(mien_proof_run_create(&run, x->plan, NULL, &error) == MIEN_OK);
    MUST(mien_proof_run_fill(run, values, w->output, frame, size) == MIEN_OK);
    mien_proof_run_free(run);
    for (size_t i = 0; i < size; i++)
        x->frame[i] = (int16_t)(frame[i] + x->plan->input_lows[i % x->plan->cnn.input.channels]);
    memcpy(x->output, w->output, outputs * sizeof *w->output);
    w->secret.output = w->output;
    free(frame);
}

static void commit_frame(instance *x, witness *w) {
    mien_frame_layout layout;
    mien_machine machine = mien_machine_best(NULL);
    MUST(mien_inference_frame_layout(&layout, parameters(x->set), x->statement.cnn,
                                     x->statement.plan) == MIEN_OK);
    size_t size = mien_frame_memory_size(&layout, 1);
    w->frame_memory = aligned_alloc(64, (size + 63) / 64 * 64);
    harness_random_bytes(w->frame_secret.seed, sizeof w->frame_secret.seed);
    MUST(mien_frame_commit(&w->frame, x->statement.frame_commitment, x->frame, &layout,
                           &w->frame_secret, w->frame_memory, size, &machine,
                           mien_hash_kernels_best(), NULL) == MIEN_OK);
    w->secret.frame = &w->frame;
}

/* One value of the frame (kept in its range) or of the output is not the run's. */
static void tell_otherwise(instance *x, witness *w) {
    size_t at = harness_random_below(frame_size(x));
    int32_t low = x->plan->input_lows[at % x->plan->cnn.input.channels];
    if (now == CHEAT_frame_other) x->frame[at] = (int16_t)(x->frame[at] > low ? low : low + 1);
    if (now == CHEAT_output_other) w->output[0] = x->output[0] = x->output[0] > 0 ? 0 : 1;
}

static void commit_output(instance *x, witness *w) {
    size_t count = mien_inference_output_size(x->statement.cnn);
    int8_t values[MIEN_OUTPUT_MAX];
    for (size_t i = 0; i < count; i++) values[i] = (int8_t)w->output[i];
    MUST(mien_match_blinding(w->secret.output_blinding, &generator) == MIEN_OK);
    MUST(mien_output_commit(x->statement.output_commitment, x->statement.context, values,
                            (uint32_t)count, w->secret.output_blinding) == MIEN_OK);
}

/* A template close to the output. */
static void enrol(instance *x, witness *w) {
    mien_match_statement *m = &x->statement.match;
    for (int i = 0; i < MIEN_EMBEDDING_SIZE; i++) {
        int v = w->output[i] + (i % 9 == 0 ? 1 : 0);
        w->secret.template_vector[i] = (int8_t)(v > 127 ? 127 : v);
    }
    harness_random_bytes(w->secret.key_z, sizeof w->secret.key_z);
    harness_random_bytes(m->service, sizeof m->service);
    m->epoch = (uint32_t)harness_random();
    m->slot = (uint32_t)harness_random();
    m->threshold = sample_between(1, 40000);
    MUST(mien_match_commit_template(m->template_commitment, m->key_check, m->service, m->epoch,
                                    m->slot, w->secret.template_vector,
                                    w->secret.key_z) == MIEN_OK);
}

/* What is not public does not stay in the statement. */
static void set_values(instance *x) {
    x->frame_count = x->statement.frame == MIEN_FRAME_PUBLIC ? frame_size(x) : 0;
    x->output_count = x->statement.output == MIEN_OUTPUT_PUBLIC
                          ? mien_inference_output_size(x->statement.cnn)
                          : 0;
}

static void prove(instance *x, witness *w, const char *name) {
    const mien_inference_parameters *p = parameters(x->set);
    const mien_inference_observer argument = {at_step, x};
    const mien_inference_observers observers = {&argument, NULL, at_commitment, x};
    size_t most = mien_inference_proof_max_size(p, &x->statement), length = 0, encoded;
    size_t size = mien_inference_prove_workspace_size(p, &x->statement, 1);
    uint8_t *proof = malloc(most), *statement = malloc(STATEMENT_HEAD + 8 + 4 * VALUES_MAX);
    MUST(most > 0 && size > 0 && proof != NULL && statement != NULL);
    mien_status status =
        mien_inference_prove(proof, most, &length, p, &x->statement, &w->secret, reserve(size),
                             size, &generator, NULL, NULL, now == CHEAT_none ? NULL : &observers);
    if (status != MIEN_OK) {
        printf("%04u %s-%s: %s\n", cases, name, cheat_names[now], mien_status_name(status));
        exit(1);
    }
    set_values(x);
    encoded = encode(statement, STATEMENT_HEAD + 8 + 4 * VALUES_MAX, x);
    write_file("statement", statement, encoded);
    write_file("proof", proof, length);
    printf("%04u %s %s %s\n", cases, verdict(x, proof, length), name, cheat_names[now]);
    cases++;
    free(proof);
    free(statement);
}

static void free_witness(witness *w) {
    free(w->secret.values.w);
    free(w->secret.values.first);
    free(w->secret.values.counts);
    free(w->frame_memory);
    free(w->output);
}

static void make_case(const kind *k, const uint8_t *network, size_t length) {
    static instance x;
    witness w;
    memset(&x, 0, sizeof x);
    memset(&w, 0, sizeof w);
    MUST(open_network(&x, network, length));
    x.set = k->set;
    x.statement.frame = k->frame;
    x.statement.output = k->output;
    harness_random_bytes(x.statement.context, sizeof x.statement.context);
    x.statement.cnn = &x.plan->cnn;
    x.statement.plan = &x.plan->plan;
    run_network(&x, &w);
    tell_otherwise(&x, &w);
    if (k->frame == MIEN_FRAME_COMMITTED) commit_frame(&x, &w);
    if (k->output == MIEN_OUTPUT_COMMITTED) commit_output(&x, &w);
    if (k->output == MIEN_OUTPUT_MATCHED) enrol(&x, &w);
    cheat_with_witness(w.secret.values.w, &x.plan->plan);
    set_values(&x);
    MUST(complete(&x));
    write_file("network", network, length);
    prove(&x, &w, k->name);
    free_witness(&w);
    close_network(&x);
}

/* A cheat that has nothing to act on in this kind. */
static bool plays(const kind *k, cheat which) {
    bool section = which == CHEAT_section_bit || which == CHEAT_section_value;
    if (which == CHEAT_gap) /* what is behind C_x or public has no gaps to write to */
        return k->frame == MIEN_FRAME_HIDDEN && k->output == MIEN_OUTPUT_COMMITTED;
    if (which == CHEAT_frame_other && k->frame == MIEN_FRAME_HIDDEN) return false;
    if (k->others && (which == CHEAT_frame_other || which == CHEAT_output_other)) return true;
    return which == CHEAT_none || (k->cheats && (!section || k->output != MIEN_OUTPUT_PUBLIC));
}

static void make(void) {
    uint8_t seed[32];
    harness_random_bytes(seed, sizeof seed);
    generator = mien_random_seeded(&generator_state, seed);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t length;
        uint8_t *network = network_bytes(&length, kinds[i].network());
        for (now = CHEAT_none; now < CHEAT_COUNT; now++)
            if (plays(&kinds[i], now)) make_case(&kinds[i], network, length);
        free(network);
    }
}

/* ---- changes */

typedef struct bytes {
    uint8_t *data;
    size_t length;
} bytes;

static bytes read_case(unsigned number, const char *ending) {
    char path[1024];
    bytes read;
    path_of(path, number, ending);
    read.data = harness_read_file(path, &read.length);
    if (read.data == NULL) {
        printf("%s cannot be read\n", path);
        exit(1);
    }
    return read;
}

static void change(bytes *b, const char *operation, size_t number, const char *hex) {
    uint8_t data[4096];
    size_t length = harness_hex(data, sizeof data, hex);
    if (strcmp(operation, "cut") == 0) {
        MUST(number <= b->length);
        b->length = number;
        return;
    }
    size_t at = strcmp(operation, "add") == 0 ? b->length : number;
    size_t end = at + length > b->length ? at + length : b->length;
    MUST(length > 0);
    b->data = realloc(b->data, end);
    MUST(b->data != NULL);
    memcpy(b->data + at, data, length);
    b->length = end;
}

/* One line of the list. */
static const char *judge_change(const char *line) {
    static instance x;
    unsigned number;
    size_t argument = 0;
    char file = 0, operation[8] = "", seal[8] = "", hex[8193] = "";
    const char *result = "refuse";
    MUST(sscanf(line, "%u %c %7s %7s %zu %8192s", &number, &file, seal, operation, &argument,
                hex) >= 5);
    bytes part[3] = {read_case(number, "network"), read_case(number, "statement"),
                     read_case(number, "proof")};
    change(&part[file == 'n' ? 0 : file == 's' ? 1 : 2], operation, argument, hex);
    if (strcmp(seal, "seal") == 0 && part[0].length >= 32)
        sample_seal(part[0].data, part[0].length);
    if (open_network(&x, part[0].data, part[0].length) && decode(&x, part[1].data, part[1].length))
        result = verdict(&x, part[2].data, part[2].length);
    close_network(&x);
    for (int i = 0; i < 3; i++) free(part[i].data);
    return result;
}

static void judge(void) {
    static char line[16384];
    char path[1024];
    snprintf(path, sizeof path, "%s/changes", folder);
    FILE *list = fopen(path, "r");
    MUST(list != NULL);
    for (; fgets(line, sizeof line, list) != NULL; cases++)
        printf("%04u %s changed\n", cases, judge_change(line));
    fclose(list);
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    folder = arguments[2];
    if (strcmp(arguments[1], "make") == 0)
        make();
    else
        judge();
    free(workspace);
    return 0;
}
