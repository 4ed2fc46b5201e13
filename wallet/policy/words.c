/* SPDX-License-Identifier: MIT */
/* A policy in full sentences. */
#include <inttypes.h>
#include <stdio.h>

#include "wallet/policy/policy_parts.h"

static void with_means(mien_text *text, unsigned means) {
    char name[MIEN_MEANS_TEXT];
    mien_means_text(name, means);
    if (means != 0) mien_text_append(text, ", with %s", name);
    mien_text_append(text, ".\n");
}

static void choice_words(mien_text *text, const mien_policy_choice *choice,
                         const char *const levels[3]) {
    mien_text_append(text, "%s", levels[choice->level]);
    with_means(text, choice->means);
}

static void general_words(mien_text *text, const mien_policy *policy) {
    static const char *const messages[3] = {"Messages are not signed", "", "Messages are signed"};
    static const char *const typed[3] = {"Typed data are not signed", "", "Typed data are signed"};
    static const char *const delegations[3] = {"Accounts are not handed over to code",
                                               "Accounts are handed over to well-known code only",
                                               "Accounts may be handed over to any code"};
    static const char *const approvals[3] = {"Allowances for tokens are not signed",
                                             "Allowances for tokens are signed up to an amount",
                                             "Allowances for tokens are signed, without end too"};
    static const char *const unknown[3] = {"Data that cannot be shown are not signed", "",
                                           "Data that cannot be shown are signed"};
    static const char *const any_chain[3] = {"What is valid on every chain is not signed", "",
                                             "What is valid on every chain is signed"};
    static const char *const others[3] = {"Chains without a section are not used", "",
                                          "Chains without a section are used without limits"};
    char name[MIEN_MEANS_TEXT];
    mien_means_text(name, policy->means);
    mien_text_append(text, "Every signature needs %s.\n", name);
    choice_words(text, &policy->messages, messages);
    choice_words(text, &policy->typed_data, typed);
    choice_words(text, &policy->delegations, delegations);
    choice_words(text, &policy->approvals, approvals);
    choice_words(text, &policy->unknown_data, unknown);
    choice_words(text, &policy->any_chain, any_chain);
    choice_words(text, &policy->other_chains, others);
}

static void asset_words(mien_text *text, const mien_policy_asset *asset) {
    char amount[MIEN_UINT256_TEXT], name[MIEN_MEANS_TEXT];
    if (asset->transaction.line != 0) {
        mien_uint256_text(amount, &asset->transaction.amount, asset->decimals);
        mien_text_append(text, "  At most %s %s a transaction.\n", amount, asset->name);
    }
    if (asset->day.line != 0) {
        mien_uint256_text(amount, &asset->day.amount, asset->decimals);
        mien_text_append(text, "  At most %s %s within 24 hours.\n", amount, asset->name);
    }
    for (size_t i = 0; i < asset->requirement_count; i++) {
        mien_uint256_text(amount, &asset->requirements[i].above, asset->decimals);
        mien_means_text(name, asset->requirements[i].means);
        mien_text_append(text, "  Above %s %s it needs %s.\n", amount, asset->name, name);
    }
}

static void approval_words(mien_text *text, const mien_policy_choice *choice) {
    static const char *const levels[3] = {"  No allowances", "  Allowances up to an amount",
                                          "  Allowances, without end too"};
    if (choice->line != 0) choice_words(text, choice, levels);
}

static void wait_words(mien_text *text, const mien_policy_wait *wait, const mien_policy_asset *coin,
                       const char *what) {
    char amount[MIEN_UINT256_TEXT];
    if (wait->line == 0) return;
    mien_text_append(text, "  %s %" PRId64 " seconds", what, wait->seconds);
    mien_uint256_text(amount, &wait->above, coin->decimals);
    if (!mien_uint256_is_zero(&wait->above))
        mien_text_append(text, ", for payments above %s %s", amount, coin->name);
    mien_text_append(text, ".\n");
}

static void destination_words(mien_text *text, const mien_policy_chain_rules *rules) {
    size_t count = 0;
    for (const mien_policy_destination *d = rules->allowed; d != NULL; d = d->next) count++;
    bool any = rules->destinations.level == MIEN_LEVEL_ANY;
    mien_text_append(
        text, any ? "  To anybody; %zu %s in the list.\n" : "  To the %zu %s in the list only.\n",
        count, count == 1 ? "address" : "addresses");
    for (const mien_policy_destination *d = rules->allowed; d != NULL; d = d->next)
        mien_text_append(text, "    %s%s%s\n", d->text, d->label[0] != '\0' ? "  " : "", d->label);
}

static void shared_words(mien_text *text, const mien_policy_chain_rules *rules) {
    for (size_t i = 0; i < rules->shared_count; i++)
        mien_text_append(text, "  Shared wallet: %d of %d keys; what goes there comes back.\n",
                         rules->shared[i].required, rules->shared[i].key_count);
}

static void chain_words(mien_text *text, const mien_policy_chain_rules *rules) {
    char name[MIEN_POLICY_CHAIN_TEXT], amount[MIEN_UINT256_TEXT], means[MIEN_MEANS_TEXT];
    mien_policy_chain_text(name, rules->chain);
    mien_text_append(text, "On %s:\n", name);
    mien_means_text(means, rules->means);
    if (rules->means != 0) mien_text_append(text, "  Everything needs %s.\n", means);
    asset_words(text, &rules->coin);
    if (rules->fee.line != 0) {
        mien_uint256_text(amount, &rules->fee.amount, rules->coin.decimals);
        mien_text_append(text, "  Fees up to %s %s.\n", amount, rules->coin.name);
    }
    destination_words(text, rules);
    shared_words(text, rules);
    wait_words(text, &rules->new_destination, &rules->coin, "A new destination waits");
    wait_words(text, &rules->cool_down, &rules->coin, "Between two payments there are");
    approval_words(text, &rules->approvals);
    for (const mien_policy_asset *token = rules->tokens; token != NULL; token = token->next) {
        char address[MIEN_ETHEREUM_ADDRESS_TEXT];
        mien_ethereum_address_text(address, token->token);
        mien_text_append(text, "  Token %s at %s:\n", token->name, address);
        asset_words(text, token);
        approval_words(text, &token->approvals);
    }
    if (rules->chain.evm)
        mien_text_append(text, "  Other tokens %s.\n",
                         rules->other_tokens.level == MIEN_LEVEL_ANY ? "have no limits"
                                                                     : "are not signed for");
}

mien_status mien_policy_words(const char **words, mien_arena *arena, const mien_policy *policy) {
    mien_text text = {.arena = arena};
    general_words(&text, policy);
    for (const mien_policy_chain_rules *rules = policy->chains; rules != NULL; rules = rules->next)
        chain_words(&text, rules);
    *words = text.start;
    return text.status;
}
