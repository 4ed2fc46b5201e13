/* SPDX-License-Identifier: MIT */
/* The C side of tests/reference/compare.py.
 *   test-reference-cases make FOLDER     true statements with proofs and damaged ones of both:
 *                                        FOLDER/NNNN.statement, FOLDER/NNNN.proof
 *   test-reference-cases verify FOLDER   judge the files 0000, 0001, ... of FOLDER
 * Both print "NNNN VERDICT NAME", VERDICT being C's: accept, reject, or accept-error when an honest
 * proof could not be made. A statement file: C_t, C_e, KC, service, epoch, slot, T, context. */
#include "tests/prover/match_sample.h"
#include "tests/prover/reference_files.h"

/* docs/PROTOCOL.md, section 7. */
enum {
    ROOT = 12,
    PROXIMITY = ROOT + 32,
    LINEAR = PROXIMITY + 401 * 20,
    PRODUCT = LINEAR + 656 * 20,
    NONCE = PRODUCT + 545 * 20,
    COLUMNS = NONCE + 8,
    COLUMN = 360,
    QUERIES = 145,
    OPENING = COLUMNS + QUERIES * COLUMN,
    STATEMENT = 3 * 36 + 32 + 12 + 32,
    PLACES = 8
};

typedef struct memory {
    void *prove, *verify;
    size_t prove_size, verify_size, capacity;
} memory;

typedef struct instance {
    mien_match_statement statement;
    uint8_t *proof; /* with room for 64 bytes more */
    size_t length;
} instance;

static memory room;

static void encode_statement(uint8_t out[STATEMENT], const mien_match_statement *s) {
    memcpy(out, s->template_commitment, 36);
    memcpy(out + 36, s->embedding_commitment, 36);
    memcpy(out + 72, s->key_check, 36);
    memcpy(out + 108, s->service, 32);
    mien_store_le32(out + 140, s->epoch);
    mien_store_le32(out + 144, s->slot);
    mien_store_le32(out + 148, s->threshold);
    memcpy(out + 152, s->context, 32);
}

static void decode_statement(mien_match_statement *s, const uint8_t in[STATEMENT]) {
    memcpy(s->template_commitment, in, 36);
    memcpy(s->embedding_commitment, in + 36, 36);
    memcpy(s->key_check, in + 72, 36);
    memcpy(s->service, in + 108, 32);
    s->epoch = mien_load_le32(in + 140);
    s->slot = mien_load_le32(in + 144);
    s->threshold = mien_load_le32(in + 148);
    memcpy(s->context, in + 152, 32);
}

/* The proof is judged where nothing lies behind its last byte. */
static const char *verdict(const mien_match_statement *statement, const uint8_t *proof,
                           size_t length) {
    uint8_t *exact = malloc(length > 0 ? length : 1);
    if (exact == NULL) abort();
    if (length > 0) memcpy(exact, proof, length);
    mien_status status = mien_match_verify(mien_proof_parameters_default(), statement, exact,
                                           length, room.verify, room.verify_size);
    free(exact);
    return status == MIEN_OK ? "accept" : "reject";
}

static void put(const char *name, const mien_match_statement *statement, const uint8_t *proof,
                size_t length) {
    uint8_t encoded[STATEMENT];
    encode_statement(encoded, statement);
    write_file("statement", encoded, sizeof encoded);
    write_file("proof", proof, length);
    printf("%04u %s %s\n", cases++, verdict(statement, proof, length), name);
}

static void put_copy(const char *name, const instance *i, size_t at, const uint8_t *bytes,
                     size_t count) {
    uint8_t *copy = sample_memory(room.capacity + 64);
    memcpy(copy, i->proof, i->length);
    memcpy(copy + at, bytes, count);
    put(name, &i->statement, copy, i->length);
    free(copy);
}

/* ---- damaged proofs */

static void flip(const instance *i, const char *region, size_t at) {
    char name[64];
    uint8_t byte = i->proof[at] ^ (uint8_t)(1 << harness_random_below(8));
    snprintf(name, sizeof name, "flip-%s-%zu", region, at);
    put_copy(name, i, at, &byte, 1);
}

/* First and last byte and some between. */
static void flip_region(const instance *i, const char *region, size_t from, size_t end) {
    flip(i, region, from);
    flip(i, region, end - 1);
    for (int n = 0; n < PLACES; n++) flip(i, region, from + harness_random_below(end - from));
}

static void flips(const instance *i) {
    for (size_t at = 0; at < ROOT; at++) flip(i, "head", at);
    for (size_t at = NONCE; at < COLUMNS; at++) flip(i, "nonce", at);
    flip_region(i, "root", ROOT, PROXIMITY);
    flip_region(i, "proximity", PROXIMITY, LINEAR);
    flip_region(i, "linear", LINEAR, PRODUCT);
    flip_region(i, "product", PRODUCT, NONCE);
    flip_region(i, "columns", COLUMNS, OPENING);
    flip_region(i, "salt", COLUMNS + COLUMN, COLUMNS + COLUMN + 32);
    flip_region(i, "opening", OPENING, i->length);
}

static void lengths(const instance *i) {
    size_t ends[] = {0,     1,       8,           ROOT,    PROXIMITY,      LINEAR,       PRODUCT,
                     NONCE, COLUMNS, OPENING - 1, OPENING, i->length - 32, i->length - 1};
    uint8_t *longer = sample_memory(room.capacity + 64);
    for (size_t n = 0; n < sizeof ends / sizeof *ends; n++)
        put("truncated", &i->statement, i->proof, ends[n]);
    memcpy(longer, i->proof, i->length);
    memset(longer + i->length, 0, 64);
    put("extended-by-1", &i->statement, longer, i->length + 1);
    put("extended-by-32", &i->statement, longer, i->length + 32);
    memcpy(longer + i->length, i->proof + i->length - 32, 32);
    put("extended-by-last-digest", &i->statement, longer, i->length + 32);
    free(longer);
}

/* The same element with p added: another encoding of equal mathematics. */
static void not_canonical(const instance *i, const char *name, size_t at) {
    uint8_t bytes[4];
    mien_store_le32(bytes, mien_load_le32(i->proof + at) + 2130706433u);
    put_copy(name, i, at, bytes, sizeof bytes);
}

static void elements_plus_p(const instance *i) {
    not_canonical(i, "plus-p-proximity", PROXIMITY);
    not_canonical(i, "plus-p-linear", LINEAR + 4 * harness_random_below(656 * 5));
    not_canonical(i, "plus-p-product", NONCE - 4);
    not_canonical(i, "plus-p-column", COLUMNS + 32);
    not_canonical(i, "plus-p-last-column", OPENING - 4);
}

static void columns(const instance *i) {
    uint8_t two[2 * COLUMN];
    size_t at = COLUMNS + COLUMN * harness_random_below(QUERIES - 1);
    memcpy(two, i->proof + at + COLUMN, COLUMN);
    memcpy(two + COLUMN, i->proof + at, COLUMN);
    put_copy("columns-swapped", i, at, two, sizeof two);
    put_copy("column-duplicated", i, at + COLUMN, i->proof + at, COLUMN);
    put_copy("opening-shifted", i, OPENING, i->proof + OPENING + 32, i->length - OPENING - 32);
    memset(two, 0, sizeof two);
    put_copy("responses-zero-element", i, PROXIMITY, two, 20);
    put_copy("nonce-zero", i, NONCE, two, 8);
}

/* ---- changed statements */

static void put_claim(const char *name, const instance *i, const mien_match_statement *claim) {
    put(name, claim, i->proof, i->length);
}

static void flip_field(const instance *i, const char *name, size_t offset, size_t size) {
    uint8_t encoded[STATEMENT];
    mien_match_statement claim;
    encode_statement(encoded, &i->statement);
    encoded[offset + harness_random_below(size)] ^= (uint8_t)(1 << harness_random_below(8));
    decode_statement(&claim, encoded);
    put_claim(name, i, &claim);
}

static void fields(const instance *i) {
    for (int n = 0; n < 2; n++) {
        flip_field(i, "claim-template", 0, 36);
        flip_field(i, "claim-embedding", 36, 36);
        flip_field(i, "claim-key-check", 72, 36);
        flip_field(i, "claim-service", 108, 32);
        flip_field(i, "claim-epoch", 140, 4);
        flip_field(i, "claim-slot", 144, 4);
        flip_field(i, "claim-threshold", 148, 2);
        flip_field(i, "claim-context", 152, 32);
    }
}

static void claims(const instance *i) {
    uint32_t t = i->statement.threshold,
             thresholds[] = {t - 1, t + 1, 0, 65536, t + 65536, t << 16};
    for (size_t n = 0; n < sizeof thresholds / sizeof *thresholds; n++) {
        mien_match_statement claim = i->statement;
        claim.threshold = thresholds[n];
        put_claim("claim-threshold-moved", i, &claim);
    }
    for (int field = 0; field < 3; field++) {
        uint8_t encoded[STATEMENT], *element = encoded + 36 * field;
        mien_match_statement claim;
        encode_statement(encoded, &i->statement);
        mien_store_le32(element, mien_load_le32(element) + 2130706433u);
        decode_statement(&claim, encoded);
        put_claim("claim-digest-plus-p", i, &claim);
    }
    mien_match_statement claim = i->statement;
    claim.epoch = i->statement.slot;
    claim.slot = i->statement.epoch;
    put_claim("claim-epoch-and-slot-swapped", i, &claim);
    fields(i);
}

/* ---- true statements */

static void vectors(match_sample *s, int which) {
    int8_t *e = s->witness.embedding, *t = s->witness.template_vector;
    for (int k = 0; k < MIEN_EMBEDDING_SIZE; k++) {
        e[k] = which == 1 ? (int8_t)harness_random() : which == 2 ? -128 : k == 0;
        t[k] = which == 4 ? k < 4 : e[k];
    }
    s->statement.threshold = which == 4 ? 16384 : which == 3 ? 1 : 65535; /* 4: equality */
    match_sample_commit(s);
}

static void prove(instance *i, int which) {
    match_sample s;
    char name[32];
    if (which == 0)
        match_sample_true(&s);
    else {
        match_sample_blank(&s);
        vectors(&s, which);
    }
    i->statement = s.statement;
    i->proof = sample_memory(room.capacity + 64);
    mien_status status = mien_match_prove(i->proof, room.capacity, &i->length,
                                          mien_proof_parameters_default(), &s.statement, &s.witness,
                                          room.prove, room.prove_size, &s.random, NULL, NULL);
    if (status != MIEN_OK) {
        printf("%04u accept-error honest-%d %s\n", cases, which, mien_status_name(status));
        exit(1);
    }
    snprintf(name, sizeof name, "honest-%d", which);
    put(name, &i->statement, i->proof, i->length);
}

static void make(void) {
    enum { KINDS = 5 };
    instance all[KINDS];
    for (int which = 0; which < KINDS; which++) prove(&all[which], which);
    for (int which = 0; which < KINDS; which += 3) {
        flips(&all[which]);
        lengths(&all[which]);
        elements_plus_p(&all[which]);
        columns(&all[which]);
    }
    for (int which = 0; which < KINDS; which++) {
        const instance *other = &all[(which + 1) % KINDS];
        claims(&all[which]);
        put("proof-of-another-statement", &all[which].statement, other->proof, other->length);
    }
    for (int which = 0; which < KINDS; which++) free(all[which].proof);
}

static void judge(void) {
    char path[1024];
    for (;; cases++) {
        uint8_t *statement, *proof;
        size_t size = 0, length = 0;
        mien_match_statement claim;
        path_of(path, cases, "statement");
        if (access(path, R_OK) != 0) return;
        statement = harness_read_file(path, &size);
        path_of(path, cases, "proof");
        proof = harness_read_file(path, &length);
        if (statement == NULL || proof == NULL || size != STATEMENT) {
            printf("%s cannot be read\n", path);
            exit(1);
        }
        decode_statement(&claim, statement);
        printf("%04u %s given\n", cases, verdict(&claim, proof, length));
        free(statement);
        free(proof);
    }
}

int main(int count, char **arguments) {
    const mien_proof_parameters *parameters = mien_proof_parameters_default();
    if (count != 3) return 2;
    folder = arguments[2];
    room.capacity = mien_match_proof_max_size(parameters);
    room.prove_size = mien_match_prove_workspace_size(parameters);
    room.verify_size = mien_match_verify_workspace_size(parameters);
    room.prove = sample_memory(room.prove_size);
    room.verify = sample_memory(room.verify_size);
    if (strcmp(arguments[1], "make") == 0)
        make();
    else
        judge();
    free(room.prove);
    free(room.verify);
    return 0;
}
