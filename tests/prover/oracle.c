/* SPDX-License-Identifier: MIT */
#include "tests/prover/oracle.h"

#include <stdlib.h>

/* The transcript itself under other names. */
void real_start(mien_transcript *transcript, const char *protocol);
void real_bytes(mien_transcript *transcript, const char *label, const uint8_t *bytes,
                size_t length);
void real_integer(mien_transcript *transcript, const char *label, uint64_t value);
void real_digest(mien_transcript *transcript, const char *label, const uint8_t digest[32]);
void real_f(mien_transcript *transcript, const char *label, const uint8_t *encoded, size_t count);
void real_k(mien_transcript *transcript, const char *label, const uint8_t *encoded, size_t count);
void real_draw_k(mien_transcript *transcript, const char *label, mien_k *out, size_t count);
void real_draw_columns(mien_transcript *transcript, const char *label, uint32_t *out, size_t count,
                       unsigned log2_bound);
int real_grind_check(mien_transcript *transcript, const char *label, uint64_t nonce, unsigned bits);
#define mien_transcript_start real_start
#define mien_transcript_bytes real_bytes
#define mien_transcript_integer real_integer
#define mien_transcript_digest real_digest
#define mien_transcript_f real_f
#define mien_transcript_k real_k
#define mien_transcript_draw_k real_draw_k
#define mien_transcript_draw_columns real_draw_columns
#define mien_transcript_grind_check real_grind_check
#include "prover/transcript/transcript.c"
#undef mien_transcript_start
#undef mien_transcript_bytes
#undef mien_transcript_integer
#undef mien_transcript_digest
#undef mien_transcript_f
#undef mien_transcript_k
#undef mien_transcript_draw_k
#undef mien_transcript_draw_columns
#undef mien_transcript_grind_check

/* State after a step, and the blind states before and after the same step. */
typedef struct note {
    uint8_t state[MIEN_BLAKE2S_DIGEST];
    mien_transcript before, after;
    bool taken, drawn;
} note;
enum { NOTES = 1 << 13, ZEROS = 1 << 20 };
static note notes[NOTES];
static const uint8_t zeros[ZEROS];
static oracle_mode mode;
static uint64_t oracle_seed;
static size_t answered;

void oracle_set(oracle_mode wanted, uint64_t seed) {
    mode = wanted;
    oracle_seed = seed;
}
void oracle_forget(void) {
    memset(notes, 0, sizeof notes);
    answered = 0;
}
size_t oracle_answered(void) {
    return answered;
}

/* Where the state is noted, or would be. */
static note *find(const mien_transcript *transcript) {
    size_t at = mien_load_le32(transcript->state) % NOTES;
    for (size_t tries = 0; tries < NOTES; tries++, at = (at + 1) % NOTES)
        if (!notes[at].taken ||
            memcmp(notes[at].state, transcript->state, sizeof notes[at].state) == 0)
            return &notes[at];
    abort(); /* more steps than a test has */
}

static mien_transcript blind_of(const mien_transcript *transcript) {
    return find(transcript)->after;
}

static void put(const mien_transcript *transcript, const mien_transcript *before,
                const mien_transcript *after, bool drawn) {
    note *n = find(transcript);
    memcpy(n->state, transcript->state, sizeof n->state);
    n->before = *before;
    n->after = *after;
    n->taken = true;
    n->drawn = drawn;
}

static const uint8_t *blinded(const uint8_t *data, size_t length) {
    if (mode != ORACLE_BLIND) return data;
    if (length > ZEROS) abort();
    return zeros;
}

static void blind_start(mien_transcript *transcript, const char *protocol) {
    real_start(transcript, protocol);
    real_integer(transcript, "seed", oracle_seed);
}

void mien_transcript_start(mien_transcript *transcript, const char *protocol) {
    mien_transcript blind;
    blind_start(&blind, protocol);
    real_start(transcript, protocol);
    if (mode == ORACLE_PROGRAM) put(transcript, &blind, &blind, false);
    if (mode == ORACLE_BLIND) *transcript = blind;
}

/* One step of the state, and in PROGRAM of the blind one too. */
#define ABSORB(real, blind_data, data, count)                                                      \
    do {                                                                                           \
        mien_transcript before, after;                                                             \
        if (mode == ORACLE_PROGRAM) {                                                              \
            before = after = blind_of(transcript);                                                 \
            real(&after, label, blind_data, count);                                                \
        }                                                                                          \
        real(transcript, label, data, count);                                                      \
        if (mode == ORACLE_PROGRAM) put(transcript, &before, &after, false);                       \
    } while (0)

void mien_transcript_bytes(mien_transcript *transcript, const char *label, const uint8_t *bytes,
                           size_t length) {
    ABSORB(real_bytes, zeros, blinded(bytes, length), length);
}
void mien_transcript_f(mien_transcript *transcript, const char *label, const uint8_t *encoded,
                       size_t count) {
    ABSORB(real_f, zeros, blinded(encoded, count * MIEN_F_BYTES), count);
}
void mien_transcript_k(mien_transcript *transcript, const char *label, const uint8_t *encoded,
                       size_t count) {
    ABSORB(real_k, zeros, blinded(encoded, count * MIEN_K_BYTES), count);
}

static void integer(mien_transcript *transcript, const char *label, const uint64_t *value,
                    size_t count) {
    (void)count;
    real_integer(transcript, label, *value);
}
void mien_transcript_integer(mien_transcript *transcript, const char *label, uint64_t value) {
    static const uint64_t none;
    ABSORB(integer, &none, mode == ORACLE_BLIND ? &none : &value, 1);
}

static void digest_of(mien_transcript *transcript, const char *label, const uint8_t *digest,
                      size_t count) {
    (void)count;
    real_digest(transcript, label, digest);
}
void mien_transcript_digest(mien_transcript *transcript, const char *label,
                            const uint8_t digest[32]) {
    ABSORB(digest_of, zeros, blinded(digest, 32), 1);
}

/* ---- answers; the states of a draw do not depend on how it is answered */

/* The blind state from which a draw is to be answered, or NULL. */
static const mien_transcript *noted(const mien_transcript *after) {
    static mien_transcript from;
    const note *n = find(after);
    if (mode != ORACLE_PROGRAMMED || !n->taken || !n->drawn) return NULL;
    from = n->before;
    answered++;
    return &from;
}

void mien_transcript_draw_k(mien_transcript *transcript, const char *label, mien_k *out,
                            size_t count) {
    mien_transcript before, after;
    if (mode == ORACLE_PROGRAM) before = after = blind_of(transcript);
    real_draw_k(transcript, label, out, count);
    if (mode == ORACLE_PROGRAM) {
        real_draw_k(&after, label, out, count);
        put(transcript, &before, &after, true);
    }
    const mien_transcript *from = noted(transcript);
    if (from == NULL) return;
    after = *from;
    real_draw_k(&after, label, out, count);
}

void mien_transcript_draw_columns(mien_transcript *transcript, const char *label, uint32_t *out,
                                  size_t count, unsigned log2_bound) {
    mien_transcript before, after;
    if (mode == ORACLE_PROGRAM) before = after = blind_of(transcript);
    real_draw_columns(transcript, label, out, count, log2_bound);
    if (mode == ORACLE_PROGRAM) {
        real_draw_columns(&after, label, out, count, log2_bound);
        put(transcript, &before, &after, true);
    }
    const mien_transcript *from = noted(transcript);
    if (from == NULL) return;
    after = *from;
    real_draw_columns(&after, label, out, count, log2_bound);
}

/* A nonce that does not do is not noted: the prover forgets that state. */
int mien_transcript_grind_check(mien_transcript *transcript, const char *label, uint64_t nonce,
                                unsigned bits) {
    mien_transcript trial = *transcript;
    if (mode != ORACLE_BLIND && !real_grind_check(&trial, label, nonce, bits)) {
        *transcript = trial;
        return 0;
    }
    mien_transcript_integer(transcript, label, nonce);
    return 1;
}
