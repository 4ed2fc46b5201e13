/* SPDX-License-Identifier: MIT */
/* Public record and proof file: round trips, every byte, every length. */
#include "wallet/record/record.h"

#include <sodium.h>

#include "tests/harness.h"
#include "wallet/record/proof_file.h"

static void random_digest(uint8_t digest[MIEN_DIGEST_SIZE]) {
    harness_random_bytes(digest, MIEN_DIGEST_SIZE);
    for (int i = 3; i < MIEN_DIGEST_SIZE; i += 4) digest[i] = (uint8_t)(digest[i] % 0x7f);
}

static mien_record random_record(void) {
    mien_record record;
    harness_random_bytes(record.service, sizeof record.service);
    harness_random_bytes(record.model_digest, sizeof record.model_digest);
    record.epoch = 1 + (uint32_t)harness_random_below(UINT32_MAX - 1);
    record.slot = (uint32_t)harness_random_below(2);
    record.threshold = 1 + (uint32_t)harness_random_below(65535);
    random_digest(record.template_commitment);
    random_digest(record.key_check);
    return record;
}

static int same_record(const mien_record *a, const mien_record *b) {
    return memcmp(a->service, b->service, 32) == 0 &&
           memcmp(a->model_digest, b->model_digest, 32) == 0 && a->epoch == b->epoch &&
           a->slot == b->slot && a->threshold == b->threshold &&
           memcmp(a->template_commitment, b->template_commitment, MIEN_DIGEST_SIZE) == 0 &&
           memcmp(a->key_check, b->key_check, MIEN_DIGEST_SIZE) == 0;
}

static int is_zero(const void *memory, size_t length) {
    int used = 0;
    for (size_t i = 0; i < length; i++) used |= ((const uint8_t *)memory)[i];
    return used == 0;
}

static void record_round_trip(void) {
    for (int round = 0; round < 200; round++) {
        mien_record record = random_record(), read;
        uint8_t bytes[MIEN_RECORD_SIZE], again[MIEN_RECORD_SIZE];
        REQUIRE(mien_record_encode(bytes, &record) == MIEN_OK);
        REQUIRE(mien_record_decode(&read, bytes, sizeof bytes) == MIEN_OK);
        CHECK(same_record(&record, &read));
        REQUIRE(mien_record_encode(again, &read) == MIEN_OK);
        CHECK_BYTES(bytes, again, sizeof bytes);
    }
}

/* The layout of docs/FORMATS.md, written out by hand. */
static void record_layout(void) {
    mien_record record = {.epoch = 0x04030201, .slot = 1, .threshold = 22814};
    uint8_t bytes[MIEN_RECORD_SIZE], expected[160], sum[32], labelled[14 + 160];
    memset(record.service, 0xaa, 32);
    memset(record.model_digest, 0xbb, 32);
    memset(record.template_commitment, 0x11, MIEN_DIGEST_SIZE);
    memset(record.key_check, 0x22, MIEN_DIGEST_SIZE);
    memcpy(expected, "MIENREC\n\1\0\0\0\1\2\3\4\1\0\0\0\x1e\x59\0\0", 24);
    memset(expected + 24, 0xaa, 32);
    memset(expected + 56, 0xbb, 32);
    memset(expected + 88, 0x11, 36);
    memset(expected + 124, 0x22, 36);
    REQUIRE(mien_record_encode(bytes, &record) == MIEN_OK);
    CHECK_BYTES(bytes, expected, sizeof expected);
    memcpy(labelled, "\x0dmien/record/1", 14);
    memcpy(labelled + 14, expected, 160);
    crypto_hash_sha256(sum, labelled, sizeof labelled);
    CHECK_BYTES(bytes + 160, sum, 8);
}

static void record_every_byte_and_length(void) {
    mien_record record = random_record(), read;
    uint8_t bytes[MIEN_RECORD_SIZE + 1];
    REQUIRE(mien_record_encode(bytes, &record) == MIEN_OK);
    bytes[MIEN_RECORD_SIZE] = 0;
    for (size_t i = 0; i < MIEN_RECORD_SIZE; i++)
        for (int flip = 1; flip < 256; flip++) {
            bytes[i] ^= (uint8_t)flip;
            memset(&read, 1, sizeof read);
            REQUIRE(mien_record_decode(&read, bytes, MIEN_RECORD_SIZE) != MIEN_OK);
            REQUIRE(is_zero(&read, sizeof read));
            bytes[i] ^= (uint8_t)flip;
        }
    for (size_t length = 0; length < MIEN_RECORD_SIZE; length++)
        CHECK_INT(mien_record_decode(&read, bytes, length), MIEN_TRUNCATED);
    CHECK_INT(mien_record_decode(&read, bytes, MIEN_RECORD_SIZE + 1), MIEN_TRAILING);
    bytes[0] ^= 1;
    CHECK_INT(mien_record_decode(&read, bytes, MIEN_RECORD_SIZE), MIEN_FORMAT);
    bytes[0] ^= 1;
    bytes[8] = 2;
    CHECK_INT(mien_record_decode(&read, bytes, MIEN_RECORD_SIZE), MIEN_VERSION);
    bytes[8] = 1;
    bytes[100] ^= 1;
    CHECK_INT(mien_record_decode(&read, bytes, MIEN_RECORD_SIZE), MIEN_AUTHENTICATION);
}

/* Values that no writer makes, under a checksum that fits. */
static void put_sum(uint8_t bytes[MIEN_RECORD_SIZE]) {
    uint8_t sum[32], labelled[174];
    memcpy(labelled, "\x0dmien/record/1", 14);
    memcpy(labelled + 14, bytes, 160);
    crypto_hash_sha256(sum, labelled, sizeof labelled);
    memcpy(bytes + 160, sum, 8);
}

static void record_out_of_range(void) {
    static const struct {
        size_t offset;
        uint8_t bytes[4];
    } cases[] = {{12, {0, 0, 0, 0}},     {16, {2, 0, 0, 0}},
                 {20, {0, 0, 0, 0}},     {20, {0, 0, 1, 0}},
                 {88, {1, 0, 0, 0x7f}},  {120, {1, 0, 0, 0x7f}},
                 {124, {0, 0, 0, 0x80}}, {156, {0xff, 0xff, 0xff, 0xff}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mien_record record = random_record(), read;
        uint8_t bytes[MIEN_RECORD_SIZE];
        REQUIRE(mien_record_encode(bytes, &record) == MIEN_OK);
        memcpy(bytes + cases[i].offset, cases[i].bytes, 4);
        put_sum(bytes);
        CHECK_INT(mien_record_decode(&read, bytes, sizeof bytes), MIEN_FORMAT);
    }
    mien_record record = random_record();
    uint8_t bytes[MIEN_RECORD_SIZE], digest[32];
    record.threshold = 65536;
    CHECK_INT(mien_record_encode(bytes, &record), MIEN_ARGUMENT);
    CHECK_INT(mien_record_digest(digest, &record), MIEN_ARGUMENT);
    CHECK(is_zero(bytes, sizeof bytes) && is_zero(digest, sizeof digest));
}

static void record_json(void) {
    mien_record record = {.epoch = 7, .slot = 1, .threshold = 22814};
    char text[MIEN_RECORD_JSON_MAX], hex[65];
    uint8_t digest[32];
    size_t length;
    memset(record.service, 0xab, 32);
    REQUIRE(mien_record_json(text, sizeof text, &length, &record) == MIEN_OK);
    CHECK_INT(strlen(text), length);
    CHECK(text[length - 1] == '\n');
    REQUIRE(mien_record_digest(digest, &record) == MIEN_OK);
    sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
    CHECK(strstr(text, hex) != NULL);
    CHECK(strstr(text, "\"epoch\":7,\"slot\":1,\"threshold\":22814,") != NULL);
    CHECK(strstr(text, "\"service\":\"abababab") != NULL);
    const size_t whole = length;
    for (size_t capacity = 0; capacity <= whole; capacity++) {
        memset(text, 'x', sizeof text);
        REQUIRE(mien_record_json(text, capacity, &length, &record) == MIEN_TOO_LARGE);
        REQUIRE(text[capacity] == 'x' && length == 0);
    }
}

static void service_names(void) {
    uint8_t a[32], b[32], expected[32];
    mien_record_service(a, "bank.example", 12);
    crypto_hash_sha256(expected, (const uint8_t *)"\x0emien/service/1bank.example", 27);
    CHECK_BYTES(a, expected, 32);
    mien_record_service(b, "bank.exampl", 11);
    CHECK(memcmp(a, b, 32) != 0);
}

/* ---- proof files ---- */

static mien_proof_file random_file(const uint8_t *proof, size_t length) {
    mien_proof_file file = {.kind = MIEN_PROOF_MATCH,
                            .parameters = MIEN_PROOF_FILE_PARAMETERS,
                            .expiry = harness_random(),
                            .proof = proof,
                            .proof_length = length};
    harness_random_bytes(file.record_digest, 32);
    harness_random_bytes(file.context, 32);
    harness_random_bytes(file.nonce, 32);
    random_digest(file.embedding_commitment);
    return file;
}

static void proof_round_trip(void) {
    uint8_t bytes[MIEN_PROOF_FILE_HEADER_SIZE + 500];
    for (size_t length = 1; length <= 500; length += 83) {
        harness_random_bytes(bytes + MIEN_PROOF_FILE_HEADER_SIZE, length);
        mien_proof_file file = random_file(bytes + MIEN_PROOF_FILE_HEADER_SIZE, length), read;
        REQUIRE(mien_proof_file_header(bytes, &file) == MIEN_OK);
        REQUIRE(mien_proof_file_decode(&read, bytes, MIEN_PROOF_FILE_HEADER_SIZE + length) ==
                MIEN_OK);
        CHECK(read.proof == file.proof && read.proof_length == length);
        CHECK(read.expiry == file.expiry && read.parameters == file.parameters);
        CHECK_BYTES(read.record_digest, file.record_digest, 32);
        CHECK_BYTES(read.context, file.context, 32);
        CHECK_BYTES(read.nonce, file.nonce, 32);
        CHECK_BYTES(read.embedding_commitment, file.embedding_commitment, MIEN_DIGEST_SIZE);
        for (size_t cut = 0; cut < MIEN_PROOF_FILE_HEADER_SIZE + length; cut++) {
            CHECK_INT(mien_proof_file_decode(&read, bytes, cut), MIEN_TRUNCATED);
            CHECK(is_zero(&read, sizeof read));
        }
    }
    mien_proof_file file = random_file(bytes, 0);
    CHECK_INT(mien_proof_file_header(bytes, &file), MIEN_ARGUMENT);
    file.proof_length = MIEN_PROOF_FILE_MAX_PROOF + 1;
    CHECK_INT(mien_proof_file_header(bytes, &file), MIEN_ARGUMENT);
    file.proof_length = 10;
    file.parameters = 2;
    CHECK_INT(mien_proof_file_header(bytes, &file), MIEN_ARGUMENT);
}

/* Files of face proofs: the frame is behind C_x or public, and nothing else. */
static void face_files(void) {
    static const uint8_t proof[50];
    uint8_t bytes[MIEN_PROOF_FILE_HEADER_SIZE + sizeof proof] = {0};
    for (uint32_t parameters = 0; parameters <= MIEN_PROOF_FILE_PARAMETERS_FACE + 1; parameters++)
        for (int public = 0; public < 2; public ++) {
            mien_proof_file file = random_file(proof, sizeof proof), read;
            bool known = parameters >= 1 && parameters <= MIEN_PROOF_FILE_PARAMETERS_FACE;
            file.kind = MIEN_PROOF_FACE;
            file.parameters = parameters;
            file.frame_public = public;
            if (!public) harness_random_bytes(file.frame_commitment, 32);
            CHECK_INT(mien_proof_file_header(bytes, &file), known ? MIEN_OK : MIEN_ARGUMENT);
            if (!known) continue;
            REQUIRE(mien_proof_file_decode(&read, bytes, sizeof bytes) == MIEN_OK);
            CHECK(read.kind == MIEN_PROOF_FACE && read.frame_public == public);
            CHECK(read.parameters == parameters);
            CHECK_BYTES(read.frame_commitment, file.frame_commitment, 32);
            for (uint8_t binding = 0; binding < 5; binding++) { /* the other way of binding, too */
                bytes[124] = binding;
                CHECK_INT(mien_proof_file_decode(&read, bytes, sizeof bytes),
                          binding == (public ? 2 : 1) ? MIEN_OK : MIEN_FORMAT);
            }
        }
}

/* A proof file, its record and what was authorised, that fit together. */
typedef struct fixture {
    uint8_t bytes[MIEN_PROOF_FILE_HEADER_SIZE + 64];
    mien_record record;
    uint8_t bind[32];
    uint64_t expiry;
} fixture;

static mien_status make_fixture(fixture *f) {
    mien_proof_binding binding;
    f->record = random_record();
    harness_random_bytes(f->bind, 32);
    harness_random_bytes(f->bytes, sizeof f->bytes);
    f->expiry = 1000 + harness_random_below(1000);
    mien_proof_file file = random_file(f->bytes + MIEN_PROOF_FILE_HEADER_SIZE, 64);
    file.expiry = binding.expiry = f->expiry;
    memcpy(binding.bind, f->bind, 32);
    memcpy(binding.nonce, file.nonce, 32);
    memcpy(binding.service, f->record.service, 32);
    mien_proof_context(file.context, &binding);
    MIEN_TRY(mien_record_digest(file.record_digest, &f->record));
    return mien_proof_file_header(f->bytes, &file);
}

static mien_status statement_of(mien_match_statement *statement, const fixture *f, uint64_t now,
                                mien_error *error) {
    mien_proof_file file;
    MIEN_TRY(mien_proof_file_decode(&file, f->bytes, sizeof f->bytes));
    return mien_proof_file_statement(statement, &file, &f->record, f->bind, now, error);
}

static void statement_from_file(void) {
    fixture f;
    mien_match_statement s;
    mien_error error;
    REQUIRE(make_fixture(&f) == MIEN_OK);
    REQUIRE(statement_of(&s, &f, f.expiry, &error) == MIEN_OK);
    CHECK_BYTES(s.template_commitment, f.record.template_commitment, MIEN_DIGEST_SIZE);
    CHECK_BYTES(s.key_check, f.record.key_check, MIEN_DIGEST_SIZE);
    CHECK_BYTES(s.embedding_commitment, f.bytes + 124, MIEN_DIGEST_SIZE);
    CHECK_BYTES(s.service, f.record.service, 32);
    CHECK_BYTES(s.context, f.bytes + 52, 32);
    CHECK(s.epoch == f.record.epoch && s.slot == f.record.slot);
    CHECK(s.threshold == f.record.threshold);
    CHECK_INT(statement_of(&s, &f, f.expiry + 1, &error), MIEN_PROOF_INVALID);
    CHECK(strstr(error.message, "expired") != NULL);
    CHECK_INT(statement_of(&s, &f, 0, &error), MIEN_OK);
    f.bind[31] ^= 1;
    CHECK_INT(statement_of(&s, &f, 0, &error), MIEN_PROOF_INVALID);
    CHECK(strstr(error.message, "another digest") != NULL);
    CHECK(is_zero(&s, sizeof s));
    f.bind[31] ^= 1;
    f.record.epoch++;
    CHECK_INT(statement_of(&s, &f, 0, &error), MIEN_PROOF_INVALID);
    CHECK(strstr(error.message, "another record") != NULL);
}

/* Every byte of the header matters: flipped, either the file is refused, or C_e or the proof itself
 * changes, which is the proof verifier's business. */
static void proof_every_byte(void) {
    fixture f;
    mien_match_statement before, after;
    mien_error error;
    REQUIRE(make_fixture(&f) == MIEN_OK);
    REQUIRE(statement_of(&before, &f, 0, &error) == MIEN_OK);
    for (size_t i = 0; i < MIEN_PROOF_FILE_HEADER_SIZE; i++)
        for (int flip = 1; flip < 256; flip++) {
            f.bytes[i] ^= (uint8_t)flip;
            mien_status status = statement_of(&after, &f, 0, &error);
            int in_commitment = i >= 124 && i < 160;
            REQUIRE(status != MIEN_OK || in_commitment);
            if (status == MIEN_OK) REQUIRE(memcmp(&before, &after, sizeof before) != 0);
            f.bytes[i] ^= (uint8_t)flip;
        }
    mien_proof_file file;
    f.bytes[12] = 3; /* another statement */
    CHECK_INT(mien_proof_file_decode(&file, f.bytes, sizeof f.bytes), MIEN_UNSUPPORTED);
    f.bytes[12] = 1;
    memset(f.bytes + 160, 0xff, 4); /* length */
    CHECK_INT(mien_proof_file_decode(&file, f.bytes, sizeof f.bytes), MIEN_TOO_LARGE);
}

static void context_is_as_documented(void) {
    mien_proof_binding binding;
    uint8_t context[32], expected[32], bytes[15 + 104];
    harness_random_bytes(&binding, sizeof binding);
    memcpy(bytes, "\x0emien/context/1", 15);
    memcpy(bytes + 15, binding.bind, 32);
    memcpy(bytes + 47, binding.nonce, 32);
    memcpy(bytes + 79, binding.service, 32);
    for (int i = 0; i < 8; i++) bytes[111 + i] = (uint8_t)(binding.expiry >> 8 * i);
    crypto_hash_sha256(expected, bytes, sizeof bytes);
    mien_proof_context(context, &binding);
    CHECK_BYTES(context, expected, 32);
}

int main(void) {
    RUN(record_round_trip);
    RUN(record_layout);
    RUN(record_every_byte_and_length);
    RUN(record_out_of_range);
    RUN(record_json);
    RUN(service_names);
    RUN(proof_round_trip);
    RUN(face_files);
    RUN(statement_from_file);
    RUN(proof_every_byte);
    RUN(context_is_as_documented);
    return harness_end();
}
