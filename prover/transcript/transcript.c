/* SPDX-License-Identifier: MIT */
#include "prover/transcript/transcript.h"

static void hash_head(mien_blake2s *hash, const char personal[8], const mien_transcript *transcript,
                      char type, const char *label, uint64_t number) {
    uint8_t head[2] = {(uint8_t)type, (uint8_t)strlen(label)}, bytes[8];
    mien_store_le64(bytes, number);
    mien_blake2s_start(hash, personal, NULL);
    mien_blake2s_update(hash, transcript->state, sizeof transcript->state);
    mien_blake2s_update(hash, head, sizeof head);
    mien_blake2s_update(hash, label, head[1]);
    mien_blake2s_update(hash, bytes, sizeof bytes);
}

static void absorb(mien_transcript *transcript, char type, const char *label, const uint8_t *data,
                   size_t length) {
    mien_blake2s hash;
    hash_head(&hash, "mien-abs", transcript, type, label, length);
    mien_blake2s_update(&hash, data, length);
    mien_blake2s_finish(&hash, transcript->state);
}

void mien_transcript_start(mien_transcript *transcript, const char *protocol) {
    memset(transcript, 0, sizeof *transcript);
    absorb(transcript, 'B', "protocol", (const uint8_t *)protocol, strlen(protocol));
}

void mien_transcript_bytes(mien_transcript *transcript, const char *label, const uint8_t *bytes,
                           size_t length) {
    absorb(transcript, 'B', label, bytes, length);
}

void mien_transcript_integer(mien_transcript *transcript, const char *label, uint64_t value) {
    uint8_t bytes[8];
    mien_store_le64(bytes, value);
    absorb(transcript, 'U', label, bytes, sizeof bytes);
}

void mien_transcript_digest(mien_transcript *transcript, const char *label,
                            const uint8_t digest[32]) {
    absorb(transcript, 'D', label, digest, 32);
}

void mien_transcript_f(mien_transcript *transcript, const char *label, const uint8_t *encoded,
                       size_t count) {
    absorb(transcript, 'F', label, encoded, count * MIEN_F_BYTES);
}

void mien_transcript_k(mien_transcript *transcript, const char *label, const uint8_t *encoded,
                       size_t count) {
    absorb(transcript, 'K', label, encoded, count * MIEN_K_BYTES);
}

/* Words of the blocks that follow a squeeze. */
typedef struct stream {
    const mien_transcript *transcript;
    uint64_t block;
    uint8_t bytes[MIEN_BLAKE2S_DIGEST];
    size_t used;
} stream;

static stream squeeze(mien_transcript *transcript, char type, const char *label, size_t count) {
    mien_blake2s hash;
    hash_head(&hash, "mien-sqz", transcript, type, label, count);
    mien_blake2s_finish(&hash, transcript->state);
    stream s = {transcript, 0, {0}, MIEN_BLAKE2S_DIGEST};
    return s;
}

static uint32_t next_word(stream *s) {
    if (s->used == sizeof s->bytes) {
        uint8_t input[MIEN_BLAKE2S_DIGEST + 8];
        memcpy(input, s->transcript->state, MIEN_BLAKE2S_DIGEST);
        mien_store_le64(input + MIEN_BLAKE2S_DIGEST, s->block++);
        mien_blake2s_hash(s->bytes, "mien-out", NULL, input, sizeof input);
        s->used = 0;
    }
    uint32_t word = mien_load_le32(s->bytes + s->used);
    s->used += 4;
    return word;
}

static mien_f next_f(stream *s) {
    uint32_t word;
    do word = next_word(s) & 0x7fffffffu;
    while (word >= MIEN_F_MODULUS);
    return mien_f_from_u32(word);
}

void mien_transcript_draw_k(mien_transcript *transcript, const char *label, mien_k *out,
                            size_t count) {
    stream s = squeeze(transcript, 'K', label, count);
    for (size_t i = 0; i < count; i++)
        for (int l = 0; l < MIEN_K_DEGREE; l++) out[i].c[l] = next_f(&s);
}

void mien_transcript_draw_columns(mien_transcript *transcript, const char *label, uint32_t *out,
                                  size_t count, unsigned log2_bound) {
    stream s = squeeze(transcript, 'C', label, count);
    for (size_t have = 0; have < count;) {
        uint32_t index = next_word(&s) & (uint32_t)(((uint64_t)1 << log2_bound) - 1);
        size_t place = have;
        while (place > 0 && out[place - 1] > index) place--;
        if (place > 0 && out[place - 1] == index) continue;
        memmove(out + place + 1, out + place, (have - place) * sizeof *out);
        out[place] = index;
        have++;
    }
}

int mien_transcript_grind_check(mien_transcript *transcript, const char *label, uint64_t nonce,
                                unsigned bits) {
    mien_transcript_integer(transcript, label, nonce);
    return (mien_load_le64(transcript->state) & (((uint64_t)1 << bits) - 1)) == 0;
}
