/* SPDX-License-Identifier: MIT */
/* Numbers, RLP, addresses and transactions, against the vectors of ethers and Trezor. */
#include "tests/wallet/vectors.h"
#include "wallet/bip39/bip39.h"
#include "wallet/encoding/hex.h"
#include "wallet/ethereum/review.h"
#include "wallet/hash/hash.h"

static mien_curve *curve;

static void numbers(void) {
    static const struct {
        const char *text, *plain, *ether;
    } cases[] = {
        {"0", "0", "0"},
        {"1000000000000000000", "1000000000000000000", "1"},
        {"0x1", "1", "0.000000000000000001"},
        {"1500000000000000000", "1500000000000000000", "1.5"},
        {"0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
         "115792089237316195423570985008687907853269984665640564039457584007913129639935",
         "115792089237316195423570985008687907853269984665640564039457.584007913129639935"}};
    static const char *const refused[] = {
        "",
        "0x",
        "01",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1.0",
        "1e3",
        "0xg",
        "a",
        "115792089237316195423570985008687907853269984665640564039457584007913129639936",
        "0x10000000000000000000000000000000000000000000000000000000000000000"};
    mien_uint256 value;
    char text[MIEN_UINT256_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        REQUIRE(mien_uint256_parse(&value, cases[i].text, strlen(cases[i].text)) == MIEN_OK);
        mien_uint256_text(text, &value, 0);
        CHECK_TEXT(text, cases[i].plain);
        mien_uint256_text(text, &value, 18);
        CHECK_TEXT(text, cases[i].ether);
    }
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        CHECK(mien_uint256_parse(&value, refused[i], strlen(refused[i])) != MIEN_OK);
}

static void number_overflow(void) {
    mien_uint256 most = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    mien_uint256 one = mien_uint256_of(1), out;
    uint64_t small;
    CHECK_INT(mien_uint256_add(&out, &most, &one), MIEN_OVERFLOW);
    CHECK_INT(mien_uint256_multiply(&out, &most, 2), MIEN_OVERFLOW);
    CHECK_INT(mien_uint256_multiply(&out, &most, 1), MIEN_OK);
    CHECK_INT(mien_uint256_compare(&out, &most), 0);
    CHECK_INT(mien_uint256_to_u64(&small, &most), MIEN_OVERFLOW);
    CHECK_INT(mien_uint256_compare(&one, &most), -1);
}

/* Write what the JSON describes: texts are byte strings in hex, arrays are lists. */
static mien_status write_json(mien_writer *writer, const json_t *value) {
    const json_t *item;
    size_t index, length;
    if (json_is_string(value)) {
        uint8_t *bytes = vectors_bytes_of(json_string_value(value), &length);
        mien_status status = mien_rlp_write_string(writer, bytes, length);
        free(bytes);
        return status;
    }
    size_t start = writer->used;
    json_array_foreach(value, index, item) MIEN_TRY(write_json(writer, item));
    return mien_rlp_wrap_list(writer, start);
}

static void ethers_rlp(void) {
    VECTORS_OR_SKIP(cases, "ethereum/ethers-rlp.json.gz");
    json_t *item;
    size_t index;
    static uint8_t made[1 << 16];
    json_array_foreach(cases, index, item) {
        size_t length;
        uint8_t *encoded = vectors_bytes(item, "encoded", &length);
        mien_writer writer = mien_writer_of(made, sizeof made);
        CHECK_INT(write_json(&writer, json_object_get(item, "decoded")), MIEN_OK);
        CHECK(writer.used == length && memcmp(made, encoded, length) == 0);
        CHECK_INT(mien_rlp_check(mien_view_of(encoded, length)), MIEN_OK);
        for (size_t cut = 0; cut < length; cut++)
            CHECK(mien_rlp_check(mien_view_of(encoded, cut)) != MIEN_OK);
        free(encoded);
    }
    vectors_count("ethers-rlp", index, "with every truncation");
    json_decref(cases);
}

static void rlp_not_canonical(void) {
    static const char *const refused[] = {"8100",
                                          "817f",
                                          "b800",
                                          "b837",
                                          "b90038",
                                          "f800",
                                          "f837",
                                          "f90000",
                                          "bf0000000000000001",
                                          "ffffffffffffffffff",
                                          "c3",
                                          "c28100",
                                          "c0c0",
                                          "",
                                          "83ff",
                                          "c483616263ff",
                                          "b8"};
    uint8_t bytes[64];
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        size_t length = harness_hex(bytes, sizeof bytes, refused[i]);
        if (mien_rlp_check(mien_view_of(bytes, length)) == MIEN_OK) printf("  %s\n", refused[i]);
        CHECK(mien_rlp_check(mien_view_of(bytes, length)) != MIEN_OK);
    }
    uint8_t deep[200];
    size_t used = 0; /* lists inside lists: a short list of length n holds one of n - 1 */
    for (int n = 54; n >= 0; n--) deep[used++] = (uint8_t)(0xc0 + n);
    CHECK_INT(mien_rlp_check(mien_view_of(deep, used)), MIEN_OK);
    memset(deep, 0xc1, 3);
    CHECK(mien_rlp_check(mien_view_of(deep, 3)) != MIEN_OK);
}

static void rlp_depth(void) {
    uint8_t bytes[400];
    mien_writer writer = mien_writer_of(bytes, sizeof bytes);
    for (int depth = 1; depth <= 100; depth++) {
        CHECK_INT(mien_rlp_wrap_list(&writer, 0), MIEN_OK);
        CHECK_INT(mien_rlp_check(mien_view_of(bytes, writer.used)),
                  depth <= MIEN_RLP_DEPTH_MAX ? MIEN_OK : MIEN_TOO_LARGE);
    }
}

static void ethers_accounts(void) {
    VECTORS_OR_SKIP(cases, "ethereum/ethers-accounts.json.gz");
    json_t *item;
    size_t index;
    json_array_foreach(cases, index, item) {
        uint8_t secret[32], key[33], address[20], back[20];
        char text[MIEN_ETHEREUM_ADDRESS_TEXT];
        const char *expected = vectors_text(item, "address");
        CHECK_INT(harness_hex(secret, 32, vectors_text(item, "privateKey") + 2), 32);
        REQUIRE(mien_curve_public_key(curve, key, secret) == MIEN_OK);
        REQUIRE(mien_ethereum_address(address, key) == MIEN_OK);
        mien_ethereum_address_text(text, address);
        CHECK_TEXT(text, expected);
        CHECK_INT(mien_ethereum_address_parse(back, text, 42), MIEN_OK);
        CHECK_BYTES(back, address, 20);
        for (int i = 2; i < 42; i++) { /* one letter in the other case is noticed */
            if (text[i] < 'A') continue;
            text[i] ^= 32;
            bool mixed = strpbrk(text + 2, "abcdef") != NULL && strpbrk(text, "ABCDEF") != NULL;
            CHECK_INT(mien_ethereum_address_parse(back, text, 42),
                      mixed ? MIEN_AUTHENTICATION : MIEN_OK);
            text[i] ^= 32;
        }
    }
    vectors_count("ethers-accounts", index, "");
    json_decref(cases);
}

static void trezor_addresses(void) {
    VECTORS_OR_SKIP(file, "ethereum/trezor-getaddress.json");
    json_t *item;
    size_t index;
    uint8_t seed[64], key[33], address[20];
    char text[MIEN_ETHEREUM_ADDRESS_TEXT];
    mien_hd_private root, node;
    REQUIRE(mien_bip39_seed(seed, vectors_text(json_object_get(file, "setup"), "mnemonic"), "",
                            NULL) == MIEN_OK);
    REQUIRE(mien_hd_master(&root, seed, 64) == MIEN_OK);
    json_array_foreach(json_object_get(file, "tests"), index, item) {
        const char *path_text = vectors_text(json_object_get(item, "parameters"), "path");
        mien_hd_path path;
        REQUIRE(mien_hd_path_parse(&path, path_text, strlen(path_text)) == MIEN_OK);
        REQUIRE(mien_hd_private_derive(curve, &node, &root, &path) == MIEN_OK);
        REQUIRE(mien_curve_public_key(curve, key, node.key) == MIEN_OK);
        REQUIRE(mien_ethereum_address(address, key) == MIEN_OK);
        mien_ethereum_address_text(text, address);
        CHECK_TEXT(text, vectors_text(json_object_get(item, "result"), "address"));
    }
    vectors_count("trezor-getaddress", index, "");
    json_decref(file);
}

/* One form of one case: read the unsigned bytes, write them again, sign, compare, read back. */
static void transaction_form(const json_t *item, const char *unsigned_key, const char *signed_key,
                             size_t *ran) {
    size_t length, signed_length;
    if (vectors_text(item, unsigned_key)[0] == '\0') return;
    uint8_t *bytes = vectors_bytes(item, unsigned_key, &length), secret[32], hash[32];
    uint8_t *expected = vectors_bytes(item, signed_key, &signed_length);
    uint8_t key[33], address[20], from[20];
    mien_arena arena = mien_arena_of(1 << 22);
    mien_ethereum_transaction t;
    mien_ethereum_signature signature;
    mien_view raw;
    harness_hex(secret, 32, vectors_text(item, "privateKey") + 2);
    CHECK_INT(mien_ethereum_read_unsigned(&t, &arena, mien_view_of(bytes, length), NULL), MIEN_OK);
    uint8_t *again = malloc(length);
    mien_writer writer = mien_writer_of(again, length);
    CHECK_INT(mien_ethereum_write(&writer, &t, NULL), MIEN_OK);
    CHECK(writer.used == length && memcmp(again, bytes, length) == 0);
    CHECK_INT(mien_ethereum_sign(&raw, hash, &signature, &arena, curve, &t, secret), MIEN_OK);
    CHECK(raw.length == signed_length && memcmp(raw.data, expected, signed_length) == 0);
    CHECK_INT(mien_ethereum_read_signed(&t, &signature, from, &arena, raw, NULL), MIEN_OK);
    CHECK_INT(mien_curve_public_key(curve, key, secret), MIEN_OK);
    CHECK_INT(mien_ethereum_address(address, key), MIEN_OK);
    CHECK_BYTES(from, address, 20);
    mien_arena_clear(&arena);
    free(again);
    free(bytes);
    free(expected);
    (*ran)++;
}

static void blob_form(const json_t *item, size_t *refused) {
    size_t length;
    if (vectors_text(item, "unsignedCancun")[0] == '\0') return;
    uint8_t *bytes = vectors_bytes(item, "unsignedCancun", &length);
    mien_arena arena = mien_arena_of(1 << 22);
    mien_ethereum_transaction t;
    CHECK_INT(mien_ethereum_read_unsigned(&t, &arena, mien_view_of(bytes, length), NULL),
              MIEN_UNSUPPORTED);
    mien_arena_clear(&arena);
    free(bytes);
    (*refused)++;
}

static void ethers_transactions(void) {
    VECTORS_OR_SKIP(cases, "ethereum/ethers-transactions.json.gz");
    json_t *item;
    size_t index, legacy = 0, eip155 = 0, berlin = 0, london = 0, refused = 0;
    json_array_foreach(cases, index, item) {
        transaction_form(item, "unsignedLegacy", "signedLegacy", &legacy);
        transaction_form(item, "unsignedEip155", "signedEip155", &eip155);
        transaction_form(item, "unsignedBerlin", "signedBerlin", &berlin);
        transaction_form(item, "unsignedLondon", "signedLondon", &london);
        blob_form(item, &refused);
    }
    char note[160];
    snprintf(note, sizeof note,
             "forms: %zu legacy, %zu EIP-155, %zu EIP-2930, %zu EIP-1559, %zu blobs refused",
             legacy, eip155, berlin, london, refused);
    CHECK(london > 1000 && legacy > 1000 && eip155 > 1000 && berlin > 1000);
    vectors_count("ethers-transactions", index, note);
    json_decref(cases);
}

static void set_u64(uint64_t *out, const json_t *parameters, const char *key) {
    mien_uint256 value = {{0}};
    json_t *given = json_object_get(parameters, key);
    if (json_is_integer(given)) value = mien_uint256_of((uint64_t)json_integer_value(given));
    if (json_is_string(given))
        CHECK_INT(mien_uint256_parse(&value, json_string_value(given), json_string_length(given)),
                  MIEN_OK);
    CHECK_INT(mien_uint256_to_u64(out, &value), MIEN_OK);
}

static void set_uint256(mien_uint256 *out, const json_t *parameters, const char *key) {
    json_t *given = json_object_get(parameters, key);
    *out = mien_uint256_of((uint64_t)json_integer_value(given));
    if (json_is_string(given) && json_string_length(given) != 0)
        CHECK_INT(mien_uint256_parse(out, json_string_value(given), json_string_length(given)),
                  MIEN_OK);
}

/* Trezor's parameters as a transaction. */
static void trezor_transaction(mien_ethereum_transaction *t, uint8_t *data, size_t capacity,
                               const json_t *parameters) {
    const char *to = vectors_text(parameters, "to_address"),
               *hex = vectors_text(parameters, "data");
    bool dynamic = json_object_get(parameters, "max_gas_fee") != NULL;
    json_t *item;
    size_t index;
    memset(t, 0, sizeof *t);
    t->type = dynamic ? MIEN_ETHEREUM_DYNAMIC_FEE : MIEN_ETHEREUM_LEGACY;
    set_u64(&t->chain_id, parameters, "chain_id");
    set_u64(&t->nonce, parameters, "nonce");
    set_u64(&t->gas_limit, parameters, "gas_limit");
    set_uint256(&t->max_fee, parameters, dynamic ? "max_gas_fee" : "gas_price");
    set_uint256(&t->max_priority_fee, parameters, "max_priority_fee");
    set_uint256(&t->value, parameters, "value");
    t->creates_contract = to[0] == '\0';
    if (to[0] == '0') to += 2;
    if (!t->creates_contract) CHECK_INT(harness_hex(t->to, 20, to), 20);
    if (strncmp(hex, "0x", 2) == 0) hex += 2;
    t->data = mien_view_of(data, harness_hex(data, capacity, hex));
    json_t *list = json_object_get(parameters, "access_list");
    t->access_count = json_array_size(list);
    static mien_ethereum_access access[8];
    static uint8_t keys[8][8 * 32];
    t->access = access;
    json_array_foreach(list, index, item) {
        json_t *stored = json_object_get(item, "storage_keys");
        if (stored == NULL) stored = json_object_get(item, "storageKeys");
        harness_hex(access[index].address, 20, vectors_text(item, "address") + 2);
        access[index].key_count = json_array_size(stored);
        access[index].keys = keys[index];
        for (size_t i = 0; i < access[index].key_count; i++) {
            const char *key = json_string_value(json_array_get(stored, i));
            harness_hex(keys[index] + 32 * i, 32, strncmp(key, "0x", 2) == 0 ? key + 2 : key);
        }
    }
}

static void trezor_case(const json_t *item, const mien_hd_private *root) {
    const json_t *parameters = json_object_get(item, "parameters");
    const json_t *result = json_object_get(item, "result");
    static uint8_t data[1 << 15];
    mien_ethereum_transaction t;
    mien_ethereum_signature signature;
    mien_arena arena = mien_arena_of(1 << 20);
    mien_hd_private node;
    mien_hd_path path;
    mien_view raw;
    uint8_t hash[32], r[32], s[32];
    const char *text = vectors_text(parameters, "path");
    trezor_transaction(&t, data, sizeof data, parameters);
    REQUIRE(mien_hd_path_parse(&path, text, strlen(text)) == MIEN_OK);
    REQUIRE(mien_hd_private_derive(curve, &node, root, &path) == MIEN_OK);
    REQUIRE(mien_ethereum_sign(&raw, hash, &signature, &arena, curve, &t, node.key) == MIEN_OK);
    harness_hex(r, 32, vectors_text(result, "sig_r"));
    harness_hex(s, 32, vectors_text(result, "sig_s"));
    if (memcmp(signature.r, r, 32) != 0) printf("  %s\n", vectors_text(item, "name"));
    CHECK_BYTES(signature.r, r, 32);
    CHECK_BYTES(signature.s, s, 32);
    uint8_t from[20], key[33], address[20]; /* the raw bytes carry v: read them back */
    mien_ethereum_transaction back;
    CHECK_INT(mien_ethereum_read_signed(&back, &signature, from, &arena, raw, NULL), MIEN_OK);
    CHECK(back.chain_id == t.chain_id && back.type == t.type);
    CHECK_INT(mien_curve_public_key(curve, key, node.key), MIEN_OK);
    CHECK_INT(mien_ethereum_address(address, key), MIEN_OK);
    CHECK_BYTES(from, address, 20);
    mien_uint256 v, ours = mien_uint256_of(t.chain_id), add;
    set_uint256(&v, result, "sig_v");
    add = mien_uint256_of(signature.y_parity + (t.type == MIEN_ETHEREUM_LEGACY ? 35u : 0u));
    if (t.type != MIEN_ETHEREUM_LEGACY) ours = mien_uint256_of(0);
    CHECK_INT(mien_uint256_multiply(&ours, &ours, 2), MIEN_OK);
    CHECK_INT(mien_uint256_add(&ours, &ours, &add), MIEN_OK);
    CHECK_INT(mien_uint256_compare(&v, &ours), 0);
    mien_arena_clear(&arena);
}

static void trezor_file(const char *name) {
    VECTORS_OR_SKIP(file, name);
    json_t *item, *setup = json_object_get(file, "setup");
    size_t index, ran = 0, other = 0;
    uint8_t seed[64];
    mien_hd_private root;
    REQUIRE(mien_bip39_seed(seed, vectors_text(setup, "mnemonic"),
                            vectors_text(setup, "passphrase"), NULL) == MIEN_OK);
    REQUIRE(mien_hd_master(&root, seed, 64) == MIEN_OK);
    json_array_foreach(json_object_get(file, "tests"), index, item) {
        json_t *type = json_object_get(json_object_get(item, "parameters"), "tx_type");
        if (json_is_integer(type)) { /* Wanchain's own format */
            other++;
            continue;
        }
        trezor_case(item, &root);
        ran++;
    }
    char note[80] = "";
    if (other != 0) snprintf(note, sizeof note, "%zu of Wanchain's own format left out", other);
    CHECK(ran > 0);
    vectors_count(name, ran, note);
    json_decref(file);
}

static void trezor_sign_tx(void) {
    trezor_file("ethereum/trezor-sign_tx.json");
}
static void trezor_sign_tx_eip155(void) {
    trezor_file("ethereum/trezor-sign_tx_eip155.json");
}
static void trezor_sign_tx_eip1559(void) {
    trezor_file("ethereum/trezor-sign_tx_eip1559.json");
}
static void trezor_sign_tx_erc20(void) {
    trezor_file("ethereum/trezor-sign_tx_erc20.json");
}
static void trezor_sign_tx_clear_signing(void) {
    trezor_file("ethereum/trezor-sign_tx_clear_signing.json");
}

int main(void) {
    mien_random random = mien_random_system();
    if (mien_curve_create(&curve, &random) != MIEN_OK) return 1;
    RUN(numbers);
    RUN(number_overflow);
    RUN(ethers_rlp);
    RUN(rlp_not_canonical);
    RUN(rlp_depth);
    RUN(ethers_accounts);
    RUN(trezor_addresses);
    RUN(ethers_transactions);
    RUN(trezor_sign_tx);
    RUN(trezor_sign_tx_eip155);
    RUN(trezor_sign_tx_eip1559);
    RUN(trezor_sign_tx_erc20);
    RUN(trezor_sign_tx_clear_signing);
    mien_curve_destroy(curve);
    return harness_end();
}
