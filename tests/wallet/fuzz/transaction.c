/* SPDX-License-Identifier: MIT */
/* Bitcoin transactions, addresses and paths: whatever is taken is written back to the same bytes.
 */
#include <stdlib.h>

#include "wallet/bitcoin/descriptor.h"
#include "wallet/bitcoin/message.h"
#include "wallet/bitcoin/script.h"
#include "wallet/bitcoin/sighash.h"
#include "wallet/encoding/hex.h"

static void transaction(const uint8_t *data, size_t length) {
    mien_arena arena = mien_arena_of(64 * length + (1 << 20));
    mien_bitcoin_transaction t;
    if (mien_bitcoin_transaction_parse(&t, &arena, mien_view_of(data, length)) == MIEN_OK) {
        uint8_t *bytes = malloc(length), hash[32];
        mien_writer writer = mien_writer_of(bytes, length);
        if (mien_bitcoin_transaction_size(&t, true) != length ||
            mien_bitcoin_transaction_write(&writer, &t, true) != MIEN_OK ||
            memcmp(bytes, data, length) != 0)
            abort();
        free(bytes);
        for (size_t i = 0; i < t.input_count && i < 4; i++)
            mien_sighash_legacy(hash, &t, i, t.inputs[i].script, data[0]);
    }
    mien_arena_clear(&arena);
}

static void texts(const char *text, size_t length) {
    mien_script script;
    char again[MIEN_ADDRESS_TEXT], path_text[MIEN_HD_PATH_TEXT];
    mien_hd_path path, back;
    mien_hd_public key;
    mien_hd_version version;
    for (int n = 0; n < MIEN_BITCOIN_NETWORKS; n++)
        if (mien_script_of_address(&script, (mien_bitcoin_network)n, text, length) == MIEN_OK &&
            mien_script_address(again, (mien_bitcoin_network)n, mien_script_view(&script)) !=
                MIEN_OK)
            abort();
    if (mien_hd_path_parse(&path, text, length) == MIEN_OK) {
        mien_hd_path_text(path_text, &path);
        if (mien_hd_path_parse(&back, path_text, strlen(path_text)) != MIEN_OK ||
            !mien_hd_path_equal(&path, &back))
            abort();
    }
    if (mien_hd_public_parse(&key, &version, text, length) == MIEN_OK && length < 100) abort();
}

static void descriptor(const char *text, size_t length) {
    mien_descriptor d;
    mien_script script, witness;
    char address[MIEN_ADDRESS_TEXT];
    if (mien_descriptor_parse(&d, text, length, NULL) != MIEN_OK) return;
    if (mien_descriptor_script(&script, &witness, &d, 0, 5) != MIEN_OK) return;
    if (mien_script_address(address, d.network, mien_script_view(&script)) != MIEN_OK) abort();
}

/* The bytes as a signature, in base64, of a fixed message for addresses of each kind. */
static void message(const uint8_t *data, size_t length) {
    static const char *const addresses[] = {
        "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "32Utb7Seg6EXq7UesMNJXhQ1gdohYNyzQ9",
        "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l",
        "bc1pss0zhytly75awhm6x2hhvd5lnzv3vssgrf9axfheq8ldyzn88ges79fler",
        "bc1qp0ahvfh83088w49k405szqgg4f3pptr7p2g06tdxfjcd40z4lh4q95lsz9"};
    size_t capacity = mien_base64_encoded_size(length);
    mien_message_times times;
    char *text = malloc(capacity);
    mien_base64_encode(text, capacity, data, length);
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
        if (mien_message_verify(&times, MIEN_BITCOIN_MAINNET, addresses[i], text,
                                mien_view_of("never signed by anybody", 23), NULL) == MIEN_OK)
            abort();
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
    if (length == 0) return 0;
    transaction(data, length);
    texts((const char *)data, length);
    descriptor((const char *)data, length);
    if (length < 2000) message(data, length);
    return 0;
}
