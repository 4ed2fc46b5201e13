/* SPDX-License-Identifier: MIT */
/* Fuzzer of the verifier of inference and face. It knows the wire format (wire_map.h): an input is
 * a target, then records of 8 bytes, each one change to a good proof, to its statement or to the
 * network it is about. Besides crashes it looks for forgeries: nothing is accepted but the good
 * proof, and another good one from which sections may be taken, of the unchanged statement.
 *
 * A target is a binding of frame and output, a set of parameters, and a transcript: the real one,
 * or one whose challenges do not depend on contents (tests/prover/oracle.h), with which changes
 * reach the last equations instead of moving the first columns. */
#include "tests/prover/cnn/statement_sample.h"
#include "tests/prover/cnn/toy_parameters.h"
#include "tests/prover/cnn/wire_map.h"
#include "tests/prover/oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
#ifdef MIEN_FUZZ
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
#endif

enum { RECORD = 8, HEADER = 2, HIDDEN_WEIGHTS = 36, TARGETS = 38, ROOM = 512 };

#define CHANGES(X)                                                                                 \
    X(flip)      /* a byte */                                                                      \
    X(set)       /* a word to an element */                                                        \
    X(add)       /* to an element */                                                               \
    X(disguise)  /* a word that is no element, or the same one written otherwise */                \
    X(exchange)  /* two units of a section */                                                      \
    X(repeat)    /* a unit over its neighbour */                                                   \
    X(take_unit) /* from the other proof */                                                        \
    X(take_kind) /* all sections of a kind from the other proof */                                 \
    X(take_rest) /* everything from a section on */                                                \
    X(cut)       /* the proof ends here */                                                         \
    X(extend)    /* bytes behind the proof */                                                      \
    X(insert)    /* a unit, what follows moves */                                                  \
    X(erase)     /* a unit, what follows moves */                                                  \
    X(grind)     /* nonces that fit what was changed so far */                                     \
    X(nonce)     /* a nonce */                                                                     \
    X(head)      /* set and bindings in the head */                                                \
    X(context)   /* from here on: the statement */                                                 \
    X(model)                                                                                       \
    X(frame)      /* C_x, or a pixel */                                                            \
    X(output)     /* C_y, a value, or C_t, KC */                                                   \
    X(match)      /* threshold, epoch, slot, service */                                            \
    X(binding)    /* another frame or output binding is asked for */                               \
    X(parameters) /* another set is asked for */                                                   \
    X(weight)     /* from here on: the network */                                                  \
    X(bias)                                                                                        \
    X(slope)
typedef enum change_kind {
#define X(name) CHANGE_##name,
    CHANGES(X)
#undef X
        CHANGE_COUNT
} change_kind;

typedef struct record {
    uint8_t what, kind;
    uint16_t which, index, value;
} record;

typedef struct target {
    const mien_inference_parameters *parameters;
    oracle_mode mode;
    sample sample;
    uint8_t *good, *other;
    size_t length, other_length;
    wire_map map, other_map;
} target;

/* What a run changes; the network's arrays are the target's and are put right again. */
typedef struct attempt {
    target *t;
    const mien_inference_parameters *parameters;
    mien_inference_statement statement;
    uint8_t *bytes;
    size_t length, capacity;
    int16_t frame[512], output[512];
    mien_private_weights weights; /* of targets with hidden ones */
    bool replan;
} attempt;

static target *targets[TARGETS];
static mien_cnn_plan changed_plan;

static uint8_t *copy_of(const uint8_t *bytes, size_t length) {
    uint8_t *copy = malloc(length);
    if (copy == NULL) abort();
    memcpy(copy, bytes, length);
    return copy;
}

/* Number n % 9: bindings; n / 9 % 2: transcript; n / 18: toy or usual parameters. The last two:
 * hidden weights, either transcript. */
static void choose(target *t, size_t number) {
    mien_frame_binding frame = (mien_frame_binding)(number % 9 / 3);
    mien_output_binding output = (mien_output_binding)(number % 3);
    bool toy_set = number < 18, strong = frame == MIEN_FRAME_HIDDEN;
    t->mode = number / 9 % 2 == 0 ? ORACLE_REAL : ORACLE_BLIND;
    if (number >= HIDDEN_WEIGHTS) {
        frame = MIEN_FRAME_COMMITTED;
        output = MIEN_OUTPUT_COMMITTED;
        toy_set = true;
        t->mode = number == HIDDEN_WEIGHTS ? ORACLE_REAL : ORACLE_BLIND;
    }
    t->parameters = toy_set  ? toy_parameters_for(output)
                    : strong ? mien_inference_parameters_128()
                             : mien_inference_parameters_100();
    harness_random_state = 7 + number; /* the same proofs in every run */
    network = toy_set ? toy_make_tiny : toy_make;
    chosen_parameters = t->parameters;
    oracle_set(t->mode, number);
    seed_generator();
    make(&t->sample, frame, output);
    if (number >= HIDDEN_WEIGHTS) hide_weights(&t->sample, 2);
}

static target *make_target(size_t number) {
    target *t = calloc(1, sizeof *t);
    if (t == NULL) abort();
    choose(t, number);
    if (prove(&t->sample) != MIEN_OK ||
        verify(&t->sample, &t->sample.statement, proof_length) != MIEN_OK)
        abort();
    t->length = proof_length;
    t->good = copy_of(proof, proof_length);
    t->sample.frame.tensor.opened = 0; /* the other proof opens C_x again */
    if (prove(&t->sample) != MIEN_OK) abort();
    t->other_length = proof_length;
    t->other = copy_of(proof, proof_length);
    const mien_inference_statement *s = &t->sample.statement;
    if (wire_map_make(&t->map, t->parameters, s, t->good, t->length, false) != MIEN_OK ||
        wire_map_make(&t->other_map, t->parameters, s, t->other, t->other_length, false) != MIEN_OK)
        abort();
    return t;
}

/* ---- changes of bytes */

static const wire_section *section_of(const attempt *a, const record *r) {
    const wire_map *map = &a->t->map;
    for (int k = 0; k < WIRE_KIND_COUNT; k++) {
        const wire_section *s =
            wire_find(map, (wire_kind)((r->kind + k) % WIRE_KIND_COUNT), r->which);
        if (s != NULL && s->count > 0) return s;
    }
    abort();
}

/* `length` bytes at `at` are there. */
static bool has(const attempt *a, size_t at, size_t length) {
    return at <= a->length && length <= a->length - at;
}

static void change_word(attempt *a, const record *r, size_t at) {
    static const uint32_t edges[] = {
        0,          1,          MIEN_F_MODULUS - 1, MIEN_F_MODULUS, MIEN_F_MODULUS + 1,
        0x7fffffff, 0x80000000, 0xffffffff};
    if (!has(a, at, 4)) return;
    uint32_t word = mien_load_le32(a->bytes + at), value = r->value * 0x9e3779b1u;
    if (r->value < 8) value = edges[r->value];
    if (r->what == CHANGE_set) word = value % MIEN_F_MODULUS;
    if (r->what == CHANGE_add) {
        uint64_t step = r->value % 2 == 0 ? r->value / 2u : MIEN_F_MODULUS - r->value / 2u;
        word = (uint32_t)((word + step) % MIEN_F_MODULUS);
    }
    if (r->what == CHANGE_disguise) word = r->value >= 8 ? word + MIEN_F_MODULUS : value;
    mien_store_le32(a->bytes + at, word);
}

static void change_unit(attempt *a, const record *r) {
    const wire_section *s = section_of(a, r);
    size_t unit = wire_units[s->kind], i = r->index % s->count;
    size_t at = s->at + i * unit, to = s->at + r->value % s->count * unit;
    uint8_t kept[32];
    if (r->what == CHANGE_flip) {
        at = s->at + r->index % (s->count * unit);
        if (has(a, at, 1)) a->bytes[at] ^= (uint8_t)r->value;
    } else if (r->what <= CHANGE_disguise) {
        change_word(a, r, s->at + r->index % (s->count * unit) / 4 * 4);
    } else if (has(a, at, unit) && has(a, to, unit)) {
        memcpy(kept, a->bytes + to, unit);
        memcpy(a->bytes + to, a->bytes + at, unit);
        if (r->what == CHANGE_exchange) memcpy(a->bytes + at, kept, unit);
    }
}

static void take_section(attempt *a, const wire_section *s, const wire_section *from) {
    size_t length = s->count * wire_units[s->kind], most = from->count * wire_units[s->kind];
    if (most < length) length = most;
    if (has(a, s->at, length)) memcpy(a->bytes + s->at, a->t->other + from->at, length);
}

static void take_from_other(attempt *a, const record *r) {
    const wire_section *s = section_of(a, r), *from;
    size_t unit = wire_units[s->kind], index = r->index % s->count;
    if (r->what == CHANGE_take_kind) {
        for (size_t i = 0; (s = wire_find(&a->t->map, s->kind, i)) != NULL; i++) {
            from = wire_find(&a->t->other_map, s->kind, i);
            if (from == NULL || (i > 0 && s == wire_find(&a->t->map, s->kind, 0))) break;
            take_section(a, s, from);
        }
        return;
    }
    from = wire_find(&a->t->other_map, s->kind, r->which);
    if (from == NULL) return;
    if (r->what == CHANGE_take_rest) {
        size_t rest = a->t->other_length - from->at;
        if (!has(a, s->at, 0) || rest > a->capacity - s->at) return;
        memcpy(a->bytes + s->at, a->t->other + from->at, rest);
        a->length = s->at + rest;
    } else if (index < from->count && has(a, s->at + index * unit, unit)) {
        memcpy(a->bytes + s->at + index * unit, a->t->other + from->at + index * unit, unit);
    }
}

static void change_length(attempt *a, const record *r) {
    const wire_section *s = section_of(a, r);
    size_t unit = wire_units[s->kind], at = s->at + r->index % s->count * unit;
    if (r->what == CHANGE_extend) {
        size_t more = 1 + r->value % 64;
        if (more > a->capacity - a->length) return;
        memset(a->bytes + a->length, r->index & 255, more);
        a->length += more;
    } else if (r->what == CHANGE_cut) {
        size_t end = at + r->value % unit;
        if (end < a->length) a->length = end;
    } else if (!has(a, at, unit)) {
        return;
    } else if (r->what == CHANGE_erase) {
        memmove(a->bytes + at, a->bytes + at + unit, a->length - at - unit);
        a->length -= unit;
    } else if (unit <= a->capacity - a->length) {
        memmove(a->bytes + at + unit, a->bytes + at, a->length - at);
        a->length += unit;
    }
}

static void change_number(attempt *a, const record *r) {
    const wire_section *s = wire_find(&a->t->map, WIRE_NONCE, r->which);
    if (r->what == CHANGE_head) {
        size_t at = 8 + r->index % 6;
        if (has(a, at, 1)) a->bytes[at] = (uint8_t)(r->value % 8);
    } else if (has(a, s->at, 8)) {
        uint64_t word = mien_load_le64(a->bytes + s->at);
        mien_store_le64(a->bytes + s->at, word ^ (uint64_t)r->value << (r->index % 49));
    }
}

/* ---- changes of the statement; what only the transcript binds is left alone in blind targets */

static void change_digest(uint8_t *digest, size_t length, const record *r) {
    digest[r->index % length] ^= (uint8_t)(r->value % 255 + 1);
}

static void change_value(int16_t *values, size_t count, const record *r) {
    values[r->index % count] =
        (int16_t)(values[r->index % count] + 1 + (int16_t)(r->value % 600) - 300);
}

static void change_frame(attempt *a, const record *r) {
    const mien_cnn_shape shape = a->statement.cnn->input;
    size_t count = toy_elements(shape);
    if (a->statement.frame == MIEN_FRAME_COMMITTED)
        change_digest(a->statement.frame_commitment, 32, r);
    if (a->statement.frame == MIEN_FRAME_PUBLIC && count <= 512) change_value(a->frame, count, r);
}

static void change_output(attempt *a, const record *r) {
    size_t count = mien_inference_output_size(a->statement.cnn);
    mien_match_statement *m = &a->statement.match;
    if (a->statement.output == MIEN_OUTPUT_PUBLIC && count <= 512)
        change_value(a->output, count, r);
    if (a->statement.output == MIEN_OUTPUT_COMMITTED)
        change_digest(a->statement.output_commitment, MIEN_DIGEST_SIZE, r);
    if (a->statement.output == MIEN_OUTPUT_MATCHED)
        change_digest(r->which % 2 == 0 ? m->template_commitment : m->key_check, MIEN_DIGEST_SIZE,
                      r);
}

static void change_match(attempt *a, const record *r) {
    mien_match_statement *m = &a->statement.match;
    if (a->statement.output != MIEN_OUTPUT_MATCHED) return;
    uint32_t bit = 1u << (r->index % 32);
    if (r->which % 4 == 0) m->epoch ^= bit;
    if (r->which % 4 == 1) m->slot ^= bit;
    if (r->which % 4 == 2) change_digest(m->service, sizeof m->service, r);
    if (r->which % 4 == 3) m->threshold ^= 1u << (r->index % 16);
}

static void change_statement(attempt *a, const record *r) {
    bool real = a->t->mode == ORACLE_REAL;
    if (r->what == CHANGE_context && real) change_digest(a->statement.context, 32, r);
    if (r->what == CHANGE_model && real) change_digest(a->statement.model, 32, r);
    if (r->what == CHANGE_frame) change_frame(a, r);
    if (r->what == CHANGE_output) change_output(a, r);
    if (r->what == CHANGE_match) change_match(a, r);
    if (r->what == CHANGE_binding) {
        if (r->which % 2 == 0) a->statement.frame = (mien_frame_binding)(r->value % 4);
        if (r->which % 2 == 1) a->statement.output = (mien_output_binding)(r->value % 4);
    }
    if (r->what == CHANGE_parameters) {
        const mien_inference_parameters *sets[] = {mien_inference_parameters_100(),
                                                   mien_inference_parameters_128(), &toy_parameters,
                                                   &toy_match_parameters};
        a->parameters = sets[r->value % 4];
    }
}

/* Root or budget of hidden weights, under the digest that belongs to them then. */
static void change_hidden(attempt *a, const record *r) {
    if (r->what == CHANGE_weight) change_digest(a->weights.root, MIEN_MERKLE_DIGEST, r);
    if (r->what == CHANGE_bias) a->weights.openings ^= 1u << (r->index % 32);
    mien_private_weights_digest(a->statement.model, a->parameters, a->statement.cnn, &a->weights);
}

/* ---- changes of the network; doing them backwards undoes them */

static void change_network(attempt *a, const record *r, int sign) {
    toy *net = &a->t->sample.net;
    if (a->statement.weights != NULL) {
        if (sign > 0) change_hidden(a, r);
        return;
    }
    for (uint32_t k = 0; k < net->cnn.layer_count; k++) {
        uint32_t i = (r->which + k) % net->cnn.layer_count;
        const mien_cnn_layer *layer = &net->layers[i];
        size_t channel = r->index % layer->out.channels;
        size_t count = (size_t)layer->out.channels * mien_cnn_taps(layer) * layer->in.channels;
        if (layer->kind != MIEN_CNN_CONVOLUTION) continue;
        if (r->what == CHANGE_slope && net->slopes[i] == NULL) continue;
        count /= layer->groups;
        int by = sign * (1 + r->value % 5);
        /* a slope that moves by less may give the same table */
        if (r->what == CHANGE_slope)
            net->slopes[i][channel] = (int16_t)(net->slopes[i][channel] + 64 * by);
        if (r->what == CHANGE_bias) net->bias[i][channel] += by;
        if (r->what == CHANGE_weight)
            net->weights[i][r->index % count] = (int16_t)(net->weights[i][r->index % count] + by);
        a->replan |= r->what == CHANGE_slope;
        return;
    }
}

static void apply(attempt *a, const record *r) {
    switch (r->what) {
    case CHANGE_take_unit:
    case CHANGE_take_kind:
    case CHANGE_take_rest:
        take_from_other(a, r);
        return;
    case CHANGE_cut:
    case CHANGE_extend:
    case CHANGE_insert:
    case CHANGE_erase:
        change_length(a, r);
        return;
    case CHANGE_nonce:
    case CHANGE_head:
        change_number(a, r);
        return;
    case CHANGE_grind: {
        static wire_map map;
        (void)wire_map_make(&map, a->t->parameters, &a->t->sample.statement, a->bytes, a->length,
                            true);
        return;
    }
    default:
        if (r->what < CHANGE_take_unit)
            change_unit(a, r);
        else if (r->what < CHANGE_weight)
            change_statement(a, r);
        else
            change_network(a, r, 1);
    }
}

/* ---- verdict */

static record read_record(const uint8_t *data) {
    record r = {(uint8_t)(data[0] % CHANGE_COUNT), data[1], mien_load_le16(data + 2),
                mien_load_le16(data + 4), mien_load_le16(data + 6)};
    return r;
}

/* Equal but for nonces where blind challenges leave them open. */
static bool same_proof(const attempt *a, const uint8_t *bytes, size_t length, const wire_map *map) {
    if (a->length != length) return false;
    for (size_t i = 0; i < map->count; i++) {
        const wire_section *s = &map->sections[i];
        if (a->t->mode == ORACLE_BLIND && s->kind == WIRE_NONCE) continue;
        if (memcmp(a->bytes + s->at, bytes + s->at, wire_section_end(s) - s->at) != 0) return false;
    }
    return true;
}

/* What a binding does not look at is zero in all of them. */
static bool same_statement(const attempt *a) {
    const mien_inference_statement *s = &a->t->sample.statement, *n = &a->statement;
    size_t pixels = toy_elements(s->cnn->input), outputs = mien_inference_output_size(s->cnn);
    return n->frame == s->frame && n->output == s->output && a->parameters == a->t->parameters &&
           memcmp(n->model, s->model, 32) == 0 && memcmp(n->context, s->context, 32) == 0 &&
           memcmp(n->frame_commitment, s->frame_commitment, 32) == 0 &&
           memcmp(n->output_commitment, s->output_commitment, MIEN_DIGEST_SIZE) == 0 &&
           memcmp(&n->match, &s->match, sizeof s->match) == 0 &&
           (s->weights == NULL ||
            (memcmp(a->weights.root, s->weights->root, MIEN_MERKLE_DIGEST) == 0 &&
             a->weights.openings == s->weights->openings)) &&
           memcmp(a->frame, a->t->sample.net.tensors[0], pixels * sizeof *a->frame) == 0 &&
           memcmp(a->output, a->t->sample.output, outputs * sizeof *a->output) == 0;
}

/* Sums of all arrays; records that cancel each other leave the network as it is. */
static uint64_t network_digest(const toy *net) {
    uint64_t h = 1469598103934665603u;
    for (uint32_t i = 0; i < net->cnn.layer_count; i++) {
        const mien_cnn_layer *layer = &net->layers[i];
        size_t count = (size_t)layer->out.channels * mien_cnn_taps(layer) * layer->in.channels;
        if (layer->kind != MIEN_CNN_CONVOLUTION) continue;
        for (size_t k = 0; k < count / layer->groups; k++)
            h = (h ^ (uint16_t)net->weights[i][k]) * 1099511628211u;
        for (size_t k = 0; k < layer->out.channels; k++) {
            h = (h ^ (uint32_t)net->bias[i][k]) * 1099511628211u;
            if (net->slopes[i] != NULL) h = (h ^ (uint16_t)net->slopes[i][k]) * 1099511628211u;
        }
    }
    return h;
}

static mien_status verify_attempt(attempt *a) {
    uint32_t layer;
    if (a->replan) {
        a->statement.plan = &changed_plan;
        if (mien_cnn_plan_make(&changed_plan, &layer, a->statement.cnn) != MIEN_OK)
            return MIEN_ARGUMENT;
    }
    size_t size = mien_inference_verify_workspace_size(a->parameters, &a->statement);
    if (size == 0) return MIEN_ARGUMENT;
    uint8_t *exact = copy_of(a->bytes, a->length > 0 ? a->length : 1);
    mien_status status =
        mien_inference_verify(a->parameters, &a->statement, exact, a->length, reserve(size), size);
    free(exact);
    return status;
}

static void start(attempt *a, target *t) {
    static uint8_t bytes[1 << 20];
    *a = (attempt){.t = t, .parameters = t->parameters, .statement = t->sample.statement};
    a->bytes = bytes;
    a->capacity = sizeof bytes;
    a->length = t->length;
    if (t->length + ROOM > sizeof bytes) abort();
    memcpy(bytes, t->good, t->length);
    memcpy(a->frame, t->sample.net.tensors[0],
           toy_elements(t->sample.net.cnn.input) * sizeof *a->frame);
    memcpy(a->output, t->sample.output,
           mien_inference_output_size(&t->sample.net.cnn) * sizeof *a->output);
    a->statement.frame_values = a->frame;
    if (t->sample.statement.weights != NULL) {
        a->weights = t->sample.weights;
        a->statement.weights = &a->weights;
    }
    a->statement.output_values = a->output;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static attempt a;
    size_t number = size >= HEADER ? data[0] % TARGETS : 0, records = 0;
    bool raw = size >= HEADER && data[1] % 16 == 15;
    if (targets[number] == NULL) targets[number] = make_target(number);
    target *t = targets[number];
    start(&a, t);
    oracle_set(t->mode, number);
    uint64_t digest = network_digest(&t->sample.net);
    if (raw) { /* the rest as the proof */
        a.length = size - HEADER < a.capacity ? size - HEADER : a.capacity;
        memcpy(a.bytes, data + HEADER, a.length);
    } else if (size > HEADER) {
        records = (size - HEADER) / RECORD;
    }
    for (size_t i = 0; i < records; i++) {
        record r = read_record(data + HEADER + i * RECORD);
        apply(&a, &r);
    }
    mien_status status = verify_attempt(&a);
    bool same = network_digest(&t->sample.net) == digest && same_statement(&a) &&
                (same_proof(&a, t->good, t->length, &t->map) ||
                 same_proof(&a, t->other, t->other_length, &t->other_map));
    for (size_t i = records; i-- > 0;) {
        record r = read_record(data + HEADER + i * RECORD);
        if (r.what >= CHANGE_weight) change_network(&a, &r, -1);
    }
    if (network_digest(&t->sample.net) != digest) abort();
    oracle_set(ORACLE_REAL, 0);
    if (status != MIEN_OK && status != MIEN_PROOF_INVALID && status != MIEN_ARGUMENT) abort();
    if ((status == MIEN_OK) != same) abort();
    return 0;
}

/* ---- whole records, with numbers that mean something */

static uint64_t next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    return z ^ (z >> 29);
}

static void random_record(uint8_t *out, uint64_t *state) {
    out[0] = (uint8_t)(next(state) % CHANGE_COUNT);
    out[1] = (uint8_t)(next(state) % WIRE_KIND_COUNT);
    mien_store_le16(out + 2, (uint16_t)(next(state) % (next(state) % 2 == 0 ? 4 : 1 << 16)));
    mien_store_le16(out + 4, (uint16_t)(next(state) % (next(state) % 2 == 0 ? 8 : 1 << 16)));
    mien_store_le16(out + 6, (uint16_t)(next(state) % (next(state) % 2 == 0 ? 16 : 1 << 16)));
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    uint64_t state = seed;
    if (size < HEADER || max_size < HEADER + 2 * RECORD) {
        memset(data, 0, HEADER);
        size = HEADER;
    }
#ifdef MIEN_FUZZ
    if (next(&state) % 4 == 0) return LLVMFuzzerMutate(data, size, max_size);
#endif
    size_t records = (size - HEADER) / RECORD, at = records > 0 ? next(&state) % records : 0;
    uint8_t *record_at = data + HEADER + at * RECORD;
    size = HEADER + records * RECORD;
    switch (next(&state) % 6) {
    case 0: /* few targets are slow */
        data[0] = (uint8_t)(next(&state) % (next(&state) % 64 == 0 ? HIDDEN_WEIGHTS : 18));
        if (next(&state) % 16 == 0) data[0] = (uint8_t)(HIDDEN_WEIGHTS + next(&state) % 2);
        return size;
    case 1:
        if (records == 0) break;
        memmove(record_at, record_at + RECORD, size - HEADER - (at + 1) * RECORD);
        return size - RECORD;
    case 2:
    case 3:
        if (records == 0) break;
        random_record(record_at, &state);
        return size;
    default:
        break;
    }
    if (size + RECORD > max_size) return size;
    memmove(record_at + RECORD, record_at, size - HEADER - at * RECORD);
    random_record(record_at, &state);
    return size + RECORD;
}
