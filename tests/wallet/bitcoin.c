/* SPDX-License-Identifier: MIT */
/* Scripts, addresses, transactions, signature hashes, PSBT format, against Bitcoin Core's vectors.
 */
#include "tests/wallet/vectors.h"
#include "wallet/bitcoin/psbt_input.h"
#include "wallet/bitcoin/script.h"
#include "wallet/bitcoin/sighash.h"
#include "wallet/encoding/hex.h"

static mien_curve *curve;

static mien_bitcoin_network network_of(const json_t *options) {
    mien_bitcoin_network network = MIEN_BITCOIN_NETWORKS;
    CHECK_INT(mien_bitcoin_network_named(&network, vectors_text(options, "chain")), MIEN_OK);
    return network;
}

static void key_io_private(const char *text, const uint8_t *payload, mien_bitcoin_network network,
                           bool compressed) {
    uint8_t secret[32];
    bool is_compressed;
    char made[MIEN_WIF_TEXT];
    CHECK_INT(mien_wif_decode(secret, &is_compressed, network, text, strlen(text)), MIEN_OK);
    CHECK_BYTES(secret, payload, 32);
    CHECK_INT(is_compressed, compressed);
    CHECK_INT(mien_wif_encode(made, network, payload, compressed), MIEN_OK);
    CHECK_TEXT(made, text);
}

static void key_io_address(const char *text, mien_view payload, mien_bitcoin_network network,
                           bool any_case) {
    mien_script script;
    char made[MIEN_ADDRESS_TEXT], flipped[MIEN_ADDRESS_TEXT];
    CHECK_INT(mien_script_of_address(&script, network, text, strlen(text)), MIEN_OK);
    CHECK(mien_view_equal(mien_script_view(&script), payload));
    CHECK_INT(mien_script_address(made, network, payload), MIEN_OK);
    CHECK_TEXT(made, text);
    for (size_t i = 0; i <= strlen(text); i++) {
        char c = text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        flipped[i] = letter ? (char)(c ^ 32) : c;
    }
    CHECK_INT(mien_script_of_address(&script, network, flipped, strlen(flipped)) == MIEN_OK,
              any_case);
}

static void core_key_io_valid(void) {
    VECTORS_OR_SKIP(cases, "bitcoin/core-key_io_valid.json");
    json_t *item;
    size_t index;
    json_array_foreach(cases, index, item) {
        const char *text = json_string_value(json_array_get(item, 0));
        json_t *options = json_array_get(item, 2);
        size_t length;
        uint8_t *payload = vectors_bytes_of(json_string_value(json_array_get(item, 1)), &length);
        mien_bitcoin_network network = network_of(options);
        if (json_is_true(json_object_get(options, "isPrivkey")))
            key_io_private(text, payload, network,
                           json_is_true(json_object_get(options, "isCompressed")));
        else
            key_io_address(text, mien_view_of(payload, length), network,
                           json_is_true(json_object_get(options, "tryCaseFlip")));
        free(payload);
    }
    vectors_count("core-key_io_valid", index, "");
    json_decref(cases);
}

static void core_key_io_invalid(void) {
    VECTORS_OR_SKIP(cases, "bitcoin/core-key_io_invalid.json");
    json_t *item;
    size_t index;
    json_array_foreach(cases, index, item) {
        const char *text = json_string_value(json_array_get(item, 0));
        for (int n = 0; n < MIEN_BITCOIN_NETWORKS; n++) {
            mien_script script;
            uint8_t secret[32];
            bool compressed;
            mien_bitcoin_network network = (mien_bitcoin_network)n;
            CHECK(mien_script_of_address(&script, network, text, strlen(text)) != MIEN_OK);
            CHECK(mien_wif_decode(secret, &compressed, network, text, strlen(text)) != MIEN_OK);
        }
    }
    vectors_count("core-key_io_invalid", index, "on all networks");
    json_decref(cases);
}

static void core_sighash(void) {
    VECTORS_OR_SKIP(cases, "bitcoin/core-sighash.json");
    json_t *item;
    size_t index, ran = 0;
    json_array_foreach(cases, index, item) {
        if (json_array_size(item) < 5) continue; /* the heading */
        size_t length, script_length;
        uint8_t *bytes = vectors_bytes_of(json_string_value(json_array_get(item, 0)), &length);
        uint8_t *script =
            vectors_bytes_of(json_string_value(json_array_get(item, 1)), &script_length);
        uint8_t hash[32], expected[32];
        char text[65];
        mien_arena arena = mien_arena_of(1 << 20);
        mien_bitcoin_transaction transaction;
        mien_reader reader = mien_reader_of(bytes, length);
        CHECK_INT(mien_bitcoin_transaction_read(&transaction, &arena, &reader, true), MIEN_OK);
        mien_sighash_legacy(hash, &transaction, (size_t)json_integer_value(json_array_get(item, 2)),
                            mien_view_of(script, script_length),
                            (uint32_t)json_integer_value(json_array_get(item, 3)));
        mien_bitcoin_txid_text(text, hash); /* Core prints hashes backwards */
        CHECK_TEXT(text, json_string_value(json_array_get(item, 4)));
        (void)expected;
        mien_arena_clear(&arena);
        free(bytes);
        free(script);
        ran++;
    }
    CHECK(ran >= 500);
    vectors_count("core-sighash", ran, "");
    json_decref(cases);
}

/* Every valid transaction is read and written back to the same bytes. */
static void round_trip(const uint8_t *bytes, size_t length) {
    mien_arena arena = mien_arena_of(16 << 20);
    mien_bitcoin_transaction transaction;
    uint8_t *again = malloc(length);
    mien_writer writer = mien_writer_of(again, length);
    CHECK_INT(mien_bitcoin_transaction_parse(&transaction, &arena, mien_view_of(bytes, length)),
              MIEN_OK);
    CHECK_INT(mien_bitcoin_transaction_size(&transaction, true), length);
    CHECK_INT(mien_bitcoin_transaction_write(&writer, &transaction, true), MIEN_OK);
    CHECK(writer.used == length && memcmp(again, bytes, length) == 0);
    mien_arena_clear(&arena);
    free(again);
}

static void core_tx_valid(void) {
    VECTORS_OR_SKIP(cases, "bitcoin/core-tx_valid.json");
    json_t *item;
    size_t index, ran = 0;
    json_array_foreach(cases, index, item) {
        if (json_array_size(item) < 3) continue; /* comments */
        size_t length;
        uint8_t *bytes = vectors_bytes_of(json_string_value(json_array_get(item, 1)), &length);
        round_trip(bytes, length);
        free(bytes);
        ran++;
    }
    CHECK(ran >= 100);
    vectors_count("core-tx_valid", ran, "read and written back; no script interpreter here");
    json_decref(cases);
}

/* Core marks what is wrong with the transaction itself, whatever its scripts do, as BADTX. We
 * refuse those but for rules about coinbases, which no wallet signs. */
static bool structurally_good(const uint8_t *bytes, size_t length, bool *coinbase) {
    static const uint8_t none[MIEN_TXID_SIZE] = {0};
    mien_arena arena = mien_arena_of(16 << 20);
    mien_bitcoin_transaction transaction;
    uint64_t sum;
    mien_status status =
        mien_bitcoin_transaction_parse(&transaction, &arena, mien_view_of(bytes, length));
    *coinbase = false;
    if (status == MIEN_OK)
        for (size_t i = 0; i < transaction.input_count; i++)
            *coinbase |= memcmp(transaction.inputs[i].txid, none, sizeof none) == 0;
    if (status == MIEN_OK) status = mien_bitcoin_output_sum(&sum, &transaction);
    if (status == MIEN_OK) status = mien_bitcoin_check_duplicates(&transaction, &arena);
    mien_arena_clear(&arena);
    return status == MIEN_OK;
}

static void core_tx_invalid(void) {
    VECTORS_OR_SKIP(cases, "bitcoin/core-tx_invalid.json");
    json_t *item;
    size_t index, bad = 0, coinbases = 0, scripts = 0;
    json_array_foreach(cases, index, item) {
        if (json_array_size(item) < 3) continue;
        size_t length;
        uint8_t *bytes = vectors_bytes_of(json_string_value(json_array_get(item, 1)), &length);
        bool coinbase, good = structurally_good(bytes, length, &coinbase);
        if (strcmp(json_string_value(json_array_get(item, 2)), "BADTX") == 0) {
            CHECK(!good || coinbase);
            coinbases += good && coinbase;
            bad++;
        } else {
            scripts++; /* wrong for its scripts: needs an interpreter */
        }
        free(bytes);
    }
    char note[128];
    snprintf(note, sizeof note, "of them %zu coinbase rules; %zu script failures not applicable",
             coinbases, scripts);
    CHECK(bad >= 5);
    vectors_count("core-tx_invalid (BADTX)", bad, note);
    json_decref(cases);
}

/* BIP-143's native P2WPKH example, second input. */
static void segwit0_example(void) {
    uint8_t bytes[400], script[25], hash[32], expected[32];
    size_t length = harness_hex(bytes, sizeof bytes,
                                "0100000002fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4"
                                "e4ad969f0000000000eeffffffef"
                                "51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100"
                                "000000ffffffff02202cb206000000"
                                "001976a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac9093510d0000"
                                "00001976a9143bde42dbee7e4dbe6a"
                                "21b2d50ce2f0167faa815988ac11000000");
    mien_arena arena = mien_arena_of(1 << 16);
    mien_bitcoin_transaction transaction;
    REQUIRE(mien_bitcoin_transaction_parse(&transaction, &arena, mien_view_of(bytes, length)) ==
            MIEN_OK);
    mien_sighash_cache cache;
    mien_sighash_cache_init(&cache, &transaction, NULL);
    harness_hex(script, sizeof script, "76a9141d0f172a0ecb48aed27b4b8bb3b9a2a3b0d6a5a988ac");
    harness_hex(script, sizeof script, "76a9141d0f172a0ecb48aee1be1f2687d2963ae33f71a188ac");
    mien_sighash_segwit0(hash, &cache, 1, mien_view_of(script, 25), 600000000, MIEN_SIGHASH_ALL);
    harness_hex(expected, 32, "c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670");
    CHECK_BYTES(hash, expected, 32);
    mien_arena_clear(&arena);
}

static mien_status parse_text(mien_psbt *psbt, const char *text, mien_error *error) {
    return mien_psbt_parse(psbt, (const uint8_t *)text, strlen(text), error);
}

static void core_psbt_valid(void) {
    VECTORS_OR_SKIP(file, "bitcoin/core-rpc_psbt.json");
    json_t *item;
    size_t index;
    json_array_foreach(json_object_get(file, "valid"), index, item) {
        mien_psbt psbt;
        mien_error error = {0};
        char *again;
        mien_status status = parse_text(&psbt, json_string_value(item), &error);
        if (status != MIEN_OK) printf("  valid %zu: %s\n", index, mien_error_words(&error));
        CHECK_INT(status, MIEN_OK);
        if (status == MIEN_OK && mien_psbt_base64(&again, &psbt) == MIEN_OK)
            CHECK_TEXT(again, json_string_value(item));
        mien_psbt_destroy(&psbt);
    }
    vectors_count("core-rpc_psbt valid", index, "");
    json_decref(file);
}

static void core_psbt_invalid(void) {
    VECTORS_OR_SKIP(file, "bitcoin/core-rpc_psbt.json");
    json_t *item;
    size_t index, more;
    json_array_foreach(json_object_get(file, "invalid"), index, item) {
        mien_psbt psbt;
        mien_status status = parse_text(&psbt, json_string_value(item), NULL);
        if (status == MIEN_OK) printf("  invalid %zu\n", index);
        CHECK(status != MIEN_OK);
        mien_psbt_destroy(&psbt);
    }
    json_array_foreach(json_object_get(file, "invalid_with_msg"), more, item) {
        mien_psbt psbt;
        mien_status status = parse_text(&psbt, json_string_value(json_array_get(item, 0)), NULL);
        if (status == MIEN_OK)
            printf("  invalid with %s\n", json_string_value(json_array_get(item, 1)));
        CHECK(status != MIEN_OK);
        mien_psbt_destroy(&psbt);
    }
    vectors_count("core-rpc_psbt invalid", index + more, "");
    json_decref(file);
}

/* Same fields in every map, whatever their order. */
static bool same_map(const mien_psbt_map *a, const mien_psbt_map *b) {
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++) {
        bool found = false;
        for (size_t j = 0; j < b->count; j++)
            found |= mien_view_equal(a->entries[i].key, b->entries[j].key) &&
                     mien_view_equal(a->entries[i].value, b->entries[j].value);
        if (!found) return false;
    }
    return true;
}

static bool same_psbt(const mien_psbt *a, const char *text) {
    mien_psbt b;
    bool same = parse_text(&b, text, NULL) == MIEN_OK && same_map(&a->global, &b.global) &&
                a->transaction.input_count == b.transaction.input_count &&
                a->transaction.output_count == b.transaction.output_count;
    for (size_t i = 0; same && i < a->transaction.input_count; i++)
        same = same_map(&a->inputs[i], &b.inputs[i]);
    for (size_t i = 0; same && i < a->transaction.output_count; i++)
        same = same_map(&a->outputs[i], &b.outputs[i]);
    mien_psbt_destroy(&b);
    return same;
}

typedef struct signer {
    mien_psbt psbt;
    mien_bitcoin_output spent[8];
    bool proven[8];
    mien_sighash_cache cache;
} signer;

static void signer_open(signer *s, const char *text) {
    memset(s, 0, sizeof *s);
    CHECK_INT(parse_text(&s->psbt, text, NULL), MIEN_OK);
    CHECK(s->psbt.transaction.input_count <= 8);
    for (size_t i = 0; i < s->psbt.transaction.input_count; i++)
        CHECK_INT(mien_psbt_spent_output(&s->spent[i], &s->proven[i], &s->psbt, i, NULL), MIEN_OK);
    mien_sighash_cache_init(&s->cache, &s->psbt.transaction, s->spent);
}

/* Whether the input may be signed at all: its scripts fit, and a legacy input is proven. */
static bool signer_lock(mien_lock *lock, const signer *s, size_t i) {
    return mien_lock_of_input(lock, &s->psbt, i, &s->spent[i], NULL) == MIEN_OK &&
           (s->proven[i] || lock->algorithm != MIEN_ALGORITHM_LEGACY);
}

static void sign_with_key(signer *s, const uint8_t secret[32]) {
    static const uint8_t auxiliary[32] = {0};
    uint8_t key[33];
    CHECK_INT(mien_curve_public_key(curve, key, secret), MIEN_OK);
    for (size_t i = 0; i < s->psbt.transaction.input_count; i++) {
        mien_lock lock;
        if (!signer_lock(&lock, s, i) || !mien_lock_fits(&lock, key)) continue;
        CHECK_INT(mien_psbt_sign_input(&s->psbt, i, &lock, &s->cache, s->spent[i].amount,
                                       MIEN_SIGHASH_ALL, curve, secret, auxiliary),
                  MIEN_OK);
    }
}

/* Our signatures are RFC 6979's, Core's have a low R on top: so each of Core's must be there by
 * key, and both must be valid for the same hash. */
static bool signatures_agree(const signer *ours, const signer *theirs, size_t i, size_t *count) {
    const mien_psbt_map *a = &ours->psbt.inputs[i], *b = &theirs->psbt.inputs[i];
    bool same = a->count == b->count;
    mien_lock lock;
    if (!signer_lock(&lock, ours, i)) return same_map(a, b); /* left alone by both */
    for (size_t j = 0; j < b->count && same; j++) {
        const mien_psbt_entry *entry = &b->entries[j];
        const mien_psbt_entry *mine = mien_psbt_find_keyed(a, entry->type, entry->data);
        same = mine != NULL;
        if (!same || entry->type != MIEN_PSBT_IN_PARTIAL_SIG) continue;
        for (int who = 0; who < 2 && same; who++) {
            mien_view value = who == 0 ? mine->value : entry->value;
            uint8_t signature[64], hash[32];
            same = mien_ecdsa_from_der(signature, value.data, value.length - 1) == MIEN_OK &&
                   mien_lock_sighash(hash, &lock, &ours->cache, i, ours->spent[i].amount,
                                     value.data[value.length - 1]) == MIEN_OK &&
                   mien_ecdsa_verify(signature, hash, entry->data.data, entry->data.length);
        }
        (*count)++;
    }
    return same;
}

static void core_psbt_signer(void) {
    VECTORS_OR_SKIP(file, "bitcoin/core-rpc_psbt.json");
    json_t *item, *wif;
    size_t index, i, signatures = 0;
    json_array_foreach(json_object_get(file, "signer"), index, item) {
        static signer ours, theirs;
        signer_open(&ours, vectors_text(item, "psbt"));
        signer_open(&theirs, vectors_text(item, "result"));
        json_array_foreach(json_object_get(item, "privkeys"), i, wif) {
            uint8_t secret[32];
            bool compressed;
            REQUIRE(mien_wif_decode(secret, &compressed, MIEN_BITCOIN_REGTEST,
                                    json_string_value(wif), json_string_length(wif)) == MIEN_OK);
            sign_with_key(&ours, secret);
        }
        for (i = 0; i < ours.psbt.transaction.input_count; i++)
            CHECK(signatures_agree(&ours, &theirs, i, &signatures));
        mien_psbt_destroy(&ours.psbt);
        mien_psbt_destroy(&theirs.psbt);
    }
    char note[64];
    snprintf(note, sizeof note, "%zu signatures", signatures);
    CHECK(signatures >= 4);
    vectors_count("core-rpc_psbt signer", index, note);
    json_decref(file);
}

static void core_psbt_creator(void) {
    VECTORS_OR_SKIP(file, "bitcoin/core-rpc_psbt.json");
    json_t *item, *part;
    size_t index, i, j;
    json_array_foreach(json_object_get(file, "creator"), index, item) {
        mien_bitcoin_input inputs[8] = {0};
        mien_bitcoin_output outputs[8] = {0};
        mien_script scripts[8];
        mien_bitcoin_transaction t = {.version = 2, .inputs = inputs, .outputs = outputs};
        mien_psbt psbt;
        char *text;
        json_array_foreach(json_object_get(item, "inputs"), i, part) {
            CHECK_INT(harness_hex(inputs[i].txid, 32, vectors_text(part, "txid")), 32);
            for (j = 0; j < 16; j++) {
                uint8_t swap = inputs[i].txid[j];
                inputs[i].txid[j] = inputs[i].txid[31 - j];
                inputs[i].txid[31 - j] = swap;
            }
            inputs[i].index = (uint32_t)json_integer_value(json_object_get(part, "vout"));
            inputs[i].sequence = MIEN_SEQUENCE_FINAL;
        }
        t.input_count = i;
        json_array_foreach(json_object_get(item, "outputs"), i, part) {
            const char *address = json_object_iter_key(json_object_iter(part));
            double coins = json_number_value(json_object_get(part, address));
            REQUIRE(mien_script_of_address(&scripts[i], MIEN_BITCOIN_REGTEST, address,
                                           strlen(address)) == MIEN_OK);
            outputs[i].script = mien_script_view(&scripts[i]);
            outputs[i].amount = (uint64_t)(coins * 1e8 + 0.5);
        }
        t.output_count = i;
        REQUIRE(mien_psbt_create(&psbt, &t) == MIEN_OK);
        REQUIRE(mien_psbt_base64(&text, &psbt) == MIEN_OK);
        CHECK_TEXT(text, vectors_text(item, "result"));
        mien_psbt_destroy(&psbt);
    }
    vectors_count("core-rpc_psbt creator", index, "");
    json_decref(file);
}

static void core_psbt_combiner(void) {
    VECTORS_OR_SKIP(file, "bitcoin/core-rpc_psbt.json");
    json_t *item, *part;
    size_t index, i;
    json_array_foreach(json_object_get(file, "combiner"), index, item) {
        mien_psbt psbt = {0}, other;
        json_array_foreach(json_object_get(item, "combine"), i, part) {
            if (i == 0) {
                REQUIRE(parse_text(&psbt, json_string_value(part), NULL) == MIEN_OK);
                continue;
            }
            REQUIRE(parse_text(&other, json_string_value(part), NULL) == MIEN_OK);
            CHECK_INT(mien_psbt_combine(&psbt, &other, NULL), MIEN_OK);
            mien_psbt_destroy(&other);
        }
        CHECK(same_psbt(&psbt, vectors_text(item, "result")));
        mien_psbt_destroy(&psbt);
    }
    vectors_count("core-rpc_psbt combiner", index, "");
    json_decref(file);
}

static void core_psbt_finalizer(void) {
    VECTORS_OR_SKIP(file, "bitcoin/core-rpc_psbt.json");
    json_t *item;
    size_t index, finished;
    json_array_foreach(json_object_get(file, "finalizer"), index, item) {
        mien_psbt psbt;
        REQUIRE(parse_text(&psbt, vectors_text(item, "finalize"), NULL) == MIEN_OK);
        CHECK_INT(mien_psbt_finalize(&psbt, &finished, NULL), MIEN_OK);
        CHECK_INT(finished, psbt.transaction.input_count);
        CHECK(same_psbt(&psbt, vectors_text(item, "result")));
        mien_psbt_destroy(&psbt);
    }
    vectors_count("core-rpc_psbt finalizer", index, "");
    json_decref(file);
}

static void core_psbt_extractor(void) {
    VECTORS_OR_SKIP(file, "bitcoin/core-rpc_psbt.json");
    json_t *item;
    size_t index, length;
    json_array_foreach(json_object_get(file, "extractor"), index, item) {
        mien_psbt psbt;
        mien_view bytes;
        uint8_t *expected = vectors_bytes(item, "result", &length);
        REQUIRE(parse_text(&psbt, vectors_text(item, "extract"), NULL) == MIEN_OK);
        CHECK_INT(mien_psbt_extract(&bytes, &psbt, NULL), MIEN_OK);
        CHECK(mien_view_equal(bytes, mien_view_of(expected, length)));
        mien_psbt_destroy(&psbt);
        free(expected);
    }
    vectors_count("core-rpc_psbt extractor", index, "");
    json_decref(file);
}

/* BIP-341, "Wallet test vectors": output keys and addresses, then key path spending. */
static void bip341_output(const json_t *item) {
    const json_t *given = json_object_get(item, "given");
    const json_t *between = json_object_get(item, "intermediary");
    const json_t *expected = json_object_get(item, "expected");
    uint8_t internal[32], root[32], output[32], tweaked[32];
    mien_script script;
    char address[MIEN_ADDRESS_TEXT];
    bool has_root = json_is_string(json_object_get(between, "merkleRoot"));
    CHECK_INT(harness_hex(internal, 32, vectors_text(given, "internalPubkey")), 32);
    harness_hex(root, 32, vectors_text(between, "merkleRoot"));
    CHECK_INT(mien_taproot_output_key(output, NULL, internal, has_root ? root : NULL), MIEN_OK);
    harness_hex(tweaked, 32, vectors_text(between, "tweakedPubkey"));
    CHECK_BYTES(output, tweaked, 32);
    mien_script_witness(&script, 1, output, 32);
    CHECK_INT(mien_script_address(address, MIEN_BITCOIN_MAINNET, mien_script_view(&script)),
              MIEN_OK);
    CHECK_TEXT(address, vectors_text(expected, "bip350Address"));
}

static void bip341_spend(const json_t *item, const mien_sighash_cache *cache) {
    const json_t *given = json_object_get(item, "given");
    const json_t *between = json_object_get(item, "intermediary");
    const json_t *expected = json_object_get(item, "expected");
    static const uint8_t auxiliary[32] = {0};
    uint8_t secret[32], root[32], hash[32], wanted[32], signature[65];
    size_t index = (size_t)json_integer_value(json_object_get(given, "txinIndex")), length;
    uint8_t type = (uint8_t)json_integer_value(json_object_get(given, "hashType"));
    bool has_root = json_is_string(json_object_get(given, "merkleRoot"));
    harness_hex(secret, 32, vectors_text(given, "internalPrivkey"));
    harness_hex(root, 32, vectors_text(given, "merkleRoot"));
    CHECK_INT(mien_taproot_tweak_secret(curve, secret, has_root ? root : NULL), MIEN_OK);
    harness_hex(wanted, 32, vectors_text(between, "tweakedPrivkey"));
    CHECK_BYTES(secret, wanted, 32);
    CHECK_INT(mien_sighash_taproot(hash, cache, index, type), MIEN_OK);
    harness_hex(wanted, 32, vectors_text(between, "sigHash"));
    CHECK_BYTES(hash, wanted, 32);
    CHECK_INT(mien_schnorr_sign(curve, signature, hash, secret, auxiliary), MIEN_OK);
    signature[64] = type;
    const char *witness =
        json_string_value(json_array_get(json_object_get(expected, "witness"), 0));
    uint8_t *bytes = vectors_bytes_of(witness, &length);
    CHECK_INT(length, type == 0 ? 64 : 65);
    CHECK_BYTES(signature, bytes, length);
    free(bytes);
}

static void bip341(void) {
    VECTORS_OR_SKIP(file, "bitcoin/bip341-wallet.json");
    json_t *item, *spend, *utxo;
    size_t i, j, k, outputs, spends = 0;
    json_array_foreach(json_object_get(file, "scriptPubKey"), outputs, item) bip341_output(item);
    json_array_foreach(json_object_get(file, "keyPathSpending"), i, item) {
        json_t *given = json_object_get(item, "given");
        size_t length, script_length;
        uint8_t *bytes = vectors_bytes(given, "rawUnsignedTx", &length), *scripts[16];
        mien_bitcoin_output spent[16];
        mien_bitcoin_transaction transaction;
        mien_sighash_cache cache;
        mien_arena arena = mien_arena_of(1 << 20);
        REQUIRE(mien_bitcoin_transaction_parse(&transaction, &arena, mien_view_of(bytes, length)) ==
                MIEN_OK);
        REQUIRE(transaction.input_count <= 16);
        json_array_foreach(json_object_get(given, "utxosSpent"), k, utxo) {
            scripts[k] = vectors_bytes(utxo, "scriptPubKey", &script_length);
            spent[k].amount = (uint64_t)json_integer_value(json_object_get(utxo, "amountSats"));
            spent[k].script = mien_view_of(scripts[k], script_length);
        }
        mien_sighash_cache_init(&cache, &transaction, spent);
        json_array_foreach(json_object_get(item, "inputSpending"), j, spend) {
            bip341_spend(spend, &cache);
            spends++;
        }
        while (k > 0) free(scripts[--k]);
        mien_arena_clear(&arena);
        free(bytes);
    }
    CHECK(outputs == 7 && spends == 7);
    vectors_count("bip341-wallet", outputs + spends, "");
    json_decref(file);
}

int main(void) {
    mien_random random = mien_random_system();
    if (mien_curve_create(&curve, &random) != MIEN_OK) return 1;
    RUN(core_key_io_valid);
    RUN(core_key_io_invalid);
    RUN(core_sighash);
    RUN(core_tx_valid);
    RUN(core_tx_invalid);
    RUN(segwit0_example);
    RUN(core_psbt_valid);
    RUN(core_psbt_invalid);
    RUN(core_psbt_creator);
    RUN(core_psbt_signer);
    RUN(core_psbt_combiner);
    RUN(core_psbt_finalizer);
    RUN(core_psbt_extractor);
    RUN(bip341);
    mien_curve_destroy(curve);
    return harness_end();
}
