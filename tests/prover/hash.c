/* SPDX-License-Identifier: MIT */
/* Poseidon2, BLAKE2s and Merkle trees against known answers, and Merkle openings under attack. */
#include "prover/hash/merkle.h"
#include "prover/hash/poseidon2.h"
#include "tests/harness.h"
#include "tests/prover/known_answers.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void to_field(mien_f *out, const uint32_t *values, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = mien_f_from_u32(values[i]);
}
static void check_values(const mien_f *actual, const uint32_t *expected, size_t n) {
    for (size_t i = 0; i < n; i++) CHECK_INT(mien_f_to_u32(actual[i]), expected[i]);
}

static void poseidon2_known_answers(void) {
    for (size_t i = 0; i < COUNT(known_permutation); i++) {
        mien_f state[16];
        to_field(state, known_permutation[i][0], 16);
        mien_poseidon2_permute(state);
        check_values(state, known_permutation[i][1], 16);
    }
    for (size_t i = 0; i < COUNT(known_hash); i++) {
        mien_f input[64], digest[9];
        to_field(input, known_hash_input, 64);
        mien_poseidon2_hash(digest, known_hash[i].tag, input, known_hash[i].length);
        check_values(digest, known_hash[i].digest, 9);
    }
}

/* Numbers of the array after "key" in the text, at most `capacity`. */
static size_t json_numbers(uint32_t *out, size_t capacity, const char **text, const char *key) {
    size_t n = 0;
    const char *at = strstr(*text, key);
    if (at == NULL) return 0;
    for (at = strchr(at, '[') + 1; n < capacity; at++) {
        char *end;
        out[n++] = (uint32_t)strtoul(at, &end, 10);
        at = end;
        if (*at == ']') break;
    }
    *text = at;
    return n;
}

static void poseidon2_published_instance(void) {
    char path[1200];
    size_t length;
    uint32_t numbers[64], output[16];
    if (harness_shared() == NULL) SKIP("no folder with conformance vectors");
    snprintf(path, sizeof path, "%s/vectors/crypto/poseidon2-koalabear-16.json", harness_shared());
    char *text = (char *)harness_read_file(path, &length);
    if (text == NULL) SKIP("no poseidon2-koalabear-16.json");
    const char *at = text;
    REQUIRE(json_numbers(numbers, 16, &at, "\"diag\"") == 16);
    check_values(mien_poseidon2_diagonal, numbers, 16);
    REQUIRE(json_numbers(numbers, 64, &at, "\"external_initial\"") == 64);
    check_values(mien_poseidon2_full_constants[0], numbers, 64);
    REQUIRE(json_numbers(numbers, 64, &at, "\"internal\"") == 20);
    check_values(mien_poseidon2_partial_constants, numbers, 20);
    REQUIRE(json_numbers(numbers, 64, &at, "\"external_final\"") == 64);
    check_values(mien_poseidon2_full_constants[4], numbers, 64);
    int cases = 0;
    for (; json_numbers(numbers, 16, &at, "\"in\"") == 16; cases++) {
        mien_f state[16];
        REQUIRE(json_numbers(output, 16, &at, "\"out\"") == 16);
        to_field(state, numbers, 16);
        mien_poseidon2_permute(state);
        check_values(state, output, 16);
    }
    CHECK(cases >= 2);
    free(text);
}

/* The tag and the length separate: no two of these digests agree. */
static void poseidon2_separates(void) {
    enum { N = 24 };
    static const char *tags[] = {"r", "rr", "template"};
    mien_f zeros[N] = {{0}}, digest[3 * N][9];
    for (size_t t = 0; t < 3; t++)
        for (size_t n = 0; n < N; n++) mien_poseidon2_hash(digest[t * N + n], tags[t], zeros, n);
    for (size_t i = 0; i < 3 * N; i++)
        for (size_t j = 0; j < i; j++) CHECK(memcmp(digest[i], digest[j], sizeof digest[i]) != 0);
}

static void blake2s_known_answers(void) {
    uint8_t data[1000], digest[32], expected[32];
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i % 251);
    for (size_t i = 0; i < COUNT(known_blake2s); i++) {
        size_t n = known_blake2s[i].length;
        harness_hex(expected, 32, known_blake2s[i].digest);
        mien_blake2s_hash(digest, "mientest", (const uint8_t *)"saltsalt", data, n);
        CHECK_BYTES(digest, expected, 32);
        mien_blake2s state; /* the same in random pieces */
        mien_blake2s_start(&state, "mientest", (const uint8_t *)"saltsalt");
        for (size_t done = 0; done < n;) {
            size_t piece = 1 + harness_random_below(n - done);
            mien_blake2s_update(&state, data + done, piece);
            done += piece;
        }
        mien_blake2s_finish(&state, digest);
        CHECK_BYTES(digest, expected, 32);
    }
}

/* ---- Merkle */
enum { LEAVES_LOG2 = 4, LEAVES = 1 << LEAVES_LOG2 };

typedef struct tree {
    uint8_t nodes[(2 * LEAVES - 1) * 32];
    uint8_t opening[1024];
    size_t length;
} tree;

static void make_tree(tree *t) {
    for (uint32_t i = 0; i < LEAVES; i++) {
        mien_f column[21];
        uint8_t salt[32];
        to_field(column, known_columns[i], 21);
        memset(salt, (int)i, sizeof salt);
        mien_merkle_leaf(t->nodes + 32 * i, 7, i, salt, column, 21);
    }
    mien_merkle_build(t->nodes, 7, LEAVES_LOG2);
}

static mien_status open_tree(tree *t, const uint32_t *indices, size_t count) {
    uint32_t scratch[LEAVES + 1];
    mien_writer writer = mien_writer_of(t->opening, sizeof t->opening);
    mien_status status = mien_merkle_open(&writer, scratch, t->nodes, LEAVES_LOG2, indices, count);
    t->length = writer.used;
    return status;
}

/* MIEN_OK only when the root agrees and all bytes were read. */
static mien_status verify_tree(const tree *t, const uint32_t *indices, size_t count,
                               const uint8_t *opening, size_t length) {
    mien_merkle_entry entries[LEAVES + 1];
    mien_reader reader = mien_reader_of(opening, length);
    for (size_t i = 0; i < count; i++) {
        entries[i].index = indices[i];
        memcpy(entries[i].digest, t->nodes + 32 * (indices[i] % LEAVES), 32);
    }
    MIEN_TRY(mien_merkle_verify(&reader, entries, count, mien_merkle_root(t->nodes, LEAVES_LOG2), 7,
                                LEAVES_LOG2));
    return mien_read_end(&reader);
}

static void merkle_known_answers(void) {
    static tree t;
    uint8_t expected[1024];
    make_tree(&t);
    harness_hex(expected, 32, known_leaf_3);
    CHECK_BYTES(t.nodes + 3 * 32, expected, 32);
    harness_hex(expected, 32, known_root);
    CHECK_BYTES(mien_merkle_root(t.nodes, LEAVES_LOG2), expected, 32);
    CHECK_INT(open_tree(&t, known_opened, COUNT(known_opened)), MIEN_OK);
    size_t length = harness_hex(expected, sizeof expected, known_opening);
    CHECK_INT(t.length, length);
    CHECK_BYTES(t.opening, expected, length);
}

/* All 65,535 sets of leaves of a tree of 16: every opening verifies and is as short as it says. */
static void merkle_every_subset(void) {
    static tree t;
    size_t longest[LEAVES + 1] = {0};
    make_tree(&t);
    for (uint32_t set = 1; set < 1u << LEAVES; set++) {
        uint32_t indices[LEAVES];
        size_t count = 0;
        for (uint32_t i = 0; i < LEAVES; i++)
            if (set >> i & 1) indices[count++] = i;
        CHECK_INT(open_tree(&t, indices, count), MIEN_OK);
        CHECK_INT(verify_tree(&t, indices, count, t.opening, t.length), MIEN_OK);
        if (t.length > longest[count]) longest[count] = t.length;
    }
    for (size_t count = 1; count <= LEAVES; count++)
        CHECK_INT(longest[count], mien_merkle_opening_max_size(LEAVES_LOG2, count));
    CHECK_INT(longest[LEAVES], 0);
}

static void merkle_refuses_indices(void) {
    static tree t;
    static const struct {
        uint32_t indices[3];
        size_t count;
    } bad[] = {{{0}, 0},     {{3, 3}, 2},       {{4, 3}, 2},    {{1, 2, 2}, 3},  {{16}, 1},
               {{0, 16}, 2}, {{UINT32_MAX}, 1}, {{2, 1, 3}, 3}, {{15, 0, 1}, 3}, {{0x80000000}, 1}};
    make_tree(&t);
    for (size_t i = 0; i < COUNT(bad); i++) {
        CHECK_INT(open_tree(&t, bad[i].indices, bad[i].count), MIEN_ARGUMENT);
        CHECK_INT(t.length, 0);
        CHECK_INT(verify_tree(&t, bad[i].indices, bad[i].count, t.opening, 64), MIEN_ARGUMENT);
    }
    uint32_t zero = 0, scratch;
    mien_writer writer = mien_writer_of(t.opening, sizeof t.opening);
    CHECK_INT(mien_merkle_open(&writer, &scratch, t.nodes, 32, &zero, 1), MIEN_ARGUMENT);
    mien_reader reader = mien_reader_of(t.opening, sizeof t.opening);
    mien_merkle_entry entry = {0, {0}};
    CHECK_INT(mien_merkle_verify(&reader, &entry, 1, t.nodes, 7, 32), MIEN_ARGUMENT);
    CHECK_INT(mien_merkle_nodes_size(32), 0);
}

/* Every bit of an opening, of the leaves' digests, every length, every other index. */
static void merkle_tampered_openings(void) {
    static tree t, other;
    make_tree(&t);
    size_t count = COUNT(known_opened);
    REQUIRE(open_tree(&t, known_opened, count) == MIEN_OK);
    for (size_t bit = 0; bit < 8 * t.length; bit++) {
        uint8_t changed[1024];
        memcpy(changed, t.opening, t.length);
        changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK_INT(verify_tree(&t, known_opened, count, changed, t.length), MIEN_PROOF_INVALID);
    }
    for (size_t length = 0; length < t.length; length++)
        CHECK_INT(verify_tree(&t, known_opened, count, t.opening, length), MIEN_TRUNCATED);
    CHECK_INT(verify_tree(&t, known_opened, count, t.opening, t.length + 1), MIEN_TRAILING);
    for (size_t leaf = 0; leaf < count; leaf++) {
        for (size_t bit = 0; bit < 256; bit++) {
            other = t;
            other.nodes[32 * known_opened[leaf] + bit / 8] ^= (uint8_t)(1u << bit % 8);
            CHECK_INT(verify_tree(&other, known_opened, count, t.opening, t.length),
                      MIEN_PROOF_INVALID);
        }
    }
    for (uint32_t from = 0; from < LEAVES; from++) { /* leaf `from` shown as leaf `to` */
        for (uint32_t to = 0; to < LEAVES; to++) {
            REQUIRE(open_tree(&t, &from, 1) == MIEN_OK);
            other = t;
            memcpy(other.nodes + 32 * to, t.nodes + 32 * from, 32);
            CHECK_INT(verify_tree(&other, &to, 1, t.opening, t.length),
                      from == to ? MIEN_OK : MIEN_PROOF_INVALID);
        }
    }
}

/* Each part of a leaf's and a node's input changes the digest. */
static void merkle_inputs_are_bound(void) {
    mien_f column[21], changed_column[21];
    uint8_t salt[32] = {1}, changed_salt[32] = {1, 1}, digest[32], other[32];
    to_field(column, known_columns[0], 21);
    memcpy(changed_column, column, sizeof column);
    changed_column[20] = mien_f_add(column[20], MIEN_F_ONE);
    mien_merkle_leaf(digest, 1, 2, salt, column, 21);
    mien_merkle_leaf(other, 2, 2, salt, column, 21);
    CHECK(memcmp(digest, other, 32) != 0);
    mien_merkle_leaf(other, 1, 3, salt, column, 21);
    CHECK(memcmp(digest, other, 32) != 0);
    mien_merkle_leaf(other, 1, 2, changed_salt, column, 21);
    CHECK(memcmp(digest, other, 32) != 0);
    mien_merkle_leaf(other, 1, 2, salt, changed_column, 21);
    CHECK(memcmp(digest, other, 32) != 0);
    changed_column[20] = MIEN_F_ZERO; /* a zero at the end is not the same as no element */
    mien_merkle_leaf(digest, 1, 2, salt, changed_column, 21);
    mien_merkle_leaf(other, 1, 2, salt, changed_column, 20);
    CHECK(memcmp(digest, other, 32) != 0);
    mien_merkle_node(digest, 1, 1, salt, changed_salt);
    mien_merkle_node(other, 1, 1, changed_salt, salt);
    CHECK(memcmp(digest, other, 32) != 0);
    mien_merkle_node(other, 2, 1, salt, changed_salt);
    CHECK(memcmp(digest, other, 32) != 0);
    mien_merkle_node(other, 1, 2, salt, changed_salt);
    CHECK(memcmp(digest, other, 32) != 0);
}

/* A tree of one leaf: the leaf is the root and the opening is empty. */
static void merkle_single_leaf(void) {
    uint8_t digest[32];
    uint32_t zero = 0, scratch;
    mien_merkle_entry entry = {0, {0}};
    harness_random_bytes(digest, 32);
    memcpy(entry.digest, digest, 32);
    mien_merkle_build(digest, 7, 0);
    CHECK_INT(mien_merkle_nodes_size(0), 32);
    CHECK(mien_merkle_root(digest, 0) == digest);
    mien_writer writer = mien_writer_of(NULL, 0);
    CHECK_INT(mien_merkle_open(&writer, &scratch, digest, 0, &zero, 1), MIEN_OK);
    mien_reader reader = mien_reader_of(NULL, 0);
    CHECK_INT(mien_merkle_verify(&reader, &entry, 1, digest, 7, 0), MIEN_OK);
}

int main(void) {
    RUN(poseidon2_known_answers);
    RUN(poseidon2_published_instance);
    RUN(poseidon2_separates);
    RUN(blake2s_known_answers);
    RUN(merkle_known_answers);
    RUN(merkle_every_subset);
    RUN(merkle_refuses_indices);
    RUN(merkle_tampered_openings);
    RUN(merkle_inputs_are_bound);
    RUN(merkle_single_leaf);
    return harness_end();
}
