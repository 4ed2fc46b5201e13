/* SPDX-License-Identifier: MIT */
/* Names, lookups and the digest. */
#include "wallet/policy/policy.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wallet/policy/policy_parts.h"

static const char *const means_names[] = {"face", "pin", "match-proof", "face-proof"};

void mien_means_text(char out[MIEN_MEANS_TEXT], unsigned means) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof means_names / sizeof *means_names; i++)
        if ((means >> i & 1) != 0)
            used += (size_t)snprintf(out + used, MIEN_MEANS_TEXT - used, "%s%s",
                                     used != 0 ? "+" : "", means_names[i]);
    if (used == 0) snprintf(out, MIEN_MEANS_TEXT, "nothing");
}

const char *mien_policy_kind_name(mien_policy_kind kind) {
    static const char *const names[] = {"payment", "message", "typed-data", "delegation",
                                        "revocation"};
    return kind < MIEN_POLICY_KINDS ? names[kind] : "unknown";
}

void mien_policy_chain_text(char out[MIEN_POLICY_CHAIN_TEXT], mien_policy_chain chain) {
    if (chain.evm)
        snprintf(out, MIEN_POLICY_CHAIN_TEXT, "evm %" PRIu64, chain.id);
    else if (chain.id == MIEN_BITCOIN_MAINNET)
        snprintf(out, MIEN_POLICY_CHAIN_TEXT, "bitcoin");
    else
        snprintf(out, MIEN_POLICY_CHAIN_TEXT, "%s",
                 mien_bitcoin_parameters((mien_bitcoin_network)chain.id)->name);
}

unsigned mien_policy_coin_decimals(mien_policy_chain chain) {
    return chain.evm ? 18 : 8;
}

const char *mien_policy_coin_name(mien_policy_chain chain) {
    return chain.evm ? "coins" : mien_bitcoin_parameters((mien_bitcoin_network)chain.id)->unit;
}

const mien_policy_chain_rules *mien_policy_rules_of(const mien_policy *policy,
                                                    mien_policy_chain chain) {
    for (const mien_policy_chain_rules *rules = policy->chains; rules != NULL; rules = rules->next)
        if (rules->chain.evm == chain.evm && rules->chain.id == chain.id) return rules;
    return NULL;
}

const mien_descriptor *mien_policy_shared(const mien_policy *policy, mien_bitcoin_network network,
                                          size_t *count) {
    const mien_policy_chain_rules *rules =
        mien_policy_rules_of(policy, (mien_policy_chain){false, network});
    *count = rules != NULL ? rules->shared_count : 0;
    return rules != NULL ? rules->shared : NULL;
}

const mien_policy_asset *mien_policy_token_of(const mien_policy_chain_rules *rules,
                                              const uint8_t token[MIEN_ETHEREUM_ADDRESS_SIZE]) {
    for (const mien_policy_asset *asset = rules->tokens; asset != NULL; asset = asset->next)
        if (memcmp(asset->token, token, sizeof asset->token) == 0) return asset;
    return NULL;
}

void mien_policy_digest(uint8_t digest[MIEN_POLICY_DIGEST_SIZE], const char *text, size_t length) {
    static const uint8_t label[] = "\x0dmien/policy/1";
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, label, sizeof label - 1);
    crypto_hash_sha256_update(&state, (const uint8_t *)text, length);
    crypto_hash_sha256_final(&state, digest);
}

const char *mien_policy_default_text(void) {
    return "mien-policy 1\n"
           "# What signing takes and how far it may go. mien policy set FILE changes it.\n"
           "# What is not mentioned here is refused; a limit that is not mentioned does not "
           "exist.\n"
           "\n"
           "require face\n"
           "messages allow\n"
           "typed-data allow\n"
           "delegations well-known\n"
           "approvals limited         # no token allowances without end\n"
           "unknown-data deny         # nothing that cannot be shown in words\n"
           "any-chain deny\n"
           "other-chains allow        # chains without a section have no limits\n"
           "\n"
           "# chain bitcoin\n"
           "#   transaction 0.5\n"
           "#   day 1\n"
           "#   require face+pin above 0.01\n"
           "#   require face+pin+match-proof above 0.1\n"
           "#   destinations any\n"
           "#   new-destination 1d above 0.1\n";
}

/* "; allowed from 2026-11-22 18:00:00 UTC on" */
static void waiting_words(char out[64], const mien_policy_decision *decision) {
    struct tm parts;
    time_t moment = (time_t)decision->not_before;
    out[0] = '\0';
    if (decision->verdict == MIEN_VERDICT_WAIT && gmtime_r(&moment, &parts) != NULL)
        (void)strftime(out, 64, "; allowed from %Y-%m-%d %H:%M:%S UTC on", &parts);
}

mien_status mien_policy_enforce(const mien_policy_decision *decision, mien_error *error) {
    char when[64];
    if (decision->verdict == MIEN_VERDICT_ALLOWED) return MIEN_OK;
    waiting_words(when, decision);
    if (decision->line == 0)
        return mien_fail(error, MIEN_POLICY_DENIED, "%s (%s)", decision->reason, decision->rule);
    return mien_fail(error, MIEN_POLICY_DENIED, "%s%s (policy line %u: %s)", decision->reason, when,
                     decision->line, decision->rule);
}

void mien_policy_destroy(mien_policy *policy) {
    if (policy == NULL) return;
    mien_arena arena = policy->arena;
    mien_arena_clear(&arena);
    free(policy);
}
