/* SPDX-License-Identifier: MIT */
/* Signing: single signatures, and PSBTs whose time and memory must grow with the number of inputs,
 * not with its square. */
#include "tests/bench.h"
#include "tests/wallet/psbt_builder.h"

static mien_curve *curve;
static mien_hd_private root;
static mien_random random_source;

static void signatures(void) {
    uint8_t secret[32], digest[32] = {1}, auxiliary[32] = {0}, signature[64], der[72];
    double best;
    size_t length;
    harness_random_bytes(secret, sizeof secret);
    BENCH_TIME(
        best, 20, for (int i = 0; i < 50; i++) {
            digest[1] = (uint8_t)i;
            BUILDER_DO(mien_ecdsa_sign(curve, signature, NULL, digest, secret));
            mien_ecdsa_to_der(der, &length, signature);
        });
    bench_report("ecdsa signatures", 50e9 / best, "per second");
    BENCH_TIME(
        best, 20, for (int i = 0; i < 50; i++) {
            digest[1] = (uint8_t)i;
            BUILDER_DO(mien_schnorr_sign(curve, signature, digest, secret, auxiliary));
        });
    bench_report("schnorr signatures", 50e9 / best, "per second");
}

static void psbt(size_t inputs, mien_bitcoin_script_type type) {
    static builder_coin in[4000];
    builder_coin out = {.type = MIEN_SCRIPT_P2WPKH, .amount = inputs * 9900, .account = 1};
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    builder b = {.curve = curve,
                 .root = &root,
                 .stranger = &root,
                 .version = 2,
                 .inputs = in,
                 .input_count = inputs,
                 .outputs = &out,
                 .output_count = 1};
    double best;
    char name[80];
    size_t made, memory = 0;
    limits.fee_satoshis = 0;
    for (size_t i = 0; i < inputs; i++) {
        builder_coin coin = {
            .type = type, .amount = 10000, .chain = i % 2, .index = (uint32_t)(i / 8)};
        in[i] = coin;
    }
    builder_make(&b);
    BENCH_TIME(best, inputs > 1000 ? 1 : 2, {
        mien_psbt parsed;
        mien_error error = {0};
        BUILDER_DO(mien_psbt_parse(&parsed, b.bytes, b.length, &error));
        BUILDER_DO(mien_bitcoin_sign_psbt(&parsed, &made, curve, &root, MIEN_BITCOIN_MAINNET,
                                          &limits, NULL, &random_source, &error));
        memory = parsed.arena.used;
        mien_psbt_destroy(&parsed);
    });
    if (made != inputs) abort();
    snprintf(name, sizeof name, "sign a PSBT with %zu %s inputs", inputs,
             mien_bitcoin_script_name(type));
    bench_report(name, best / 1e6, "ms");
    snprintf(name, sizeof name, "its memory (%zu bytes of PSBT)", b.length);
    bench_report(name, (double)memory, "bytes");
    free(b.bytes);
}

int main(int count, char **arguments) {
    static const uint8_t seed[32] = {42};
    bench_start(count, arguments);
    random_source = mien_random_system();
    BUILDER_DO(mien_curve_create(&curve, &random_source));
    BUILDER_DO(mien_hd_master(&root, seed, sizeof seed));
    signatures();
    for (size_t inputs = 1000; inputs <= 4000; inputs *= 2) psbt(inputs, MIEN_SCRIPT_P2WPKH);
    for (size_t inputs = 1000; inputs <= 4000; inputs *= 2) psbt(inputs, MIEN_SCRIPT_P2TR);
    mien_curve_destroy(curve);
    return bench_end();
}
