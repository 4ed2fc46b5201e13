/* SPDX-License-Identifier: MIT */
/* A policy after reading. Internal to wallet/policy. A `line` of 0 means that the text does not say
 * it: a choice is "deny" then, a limit does not exist. */
#ifndef MIEN_WALLET_POLICY_POLICY_PARTS_H
#define MIEN_WALLET_POLICY_POLICY_PARTS_H

#include "wallet/policy/policy.h"

#define MIEN_POLICY_REQUIREMENTS 8 /* "require ... above ..." of one asset */
#define MIEN_POLICY_SHARED 8       /* descriptors of shared wallets of a chain */
#define MIEN_POLICY_LABEL_TEXT 48
#define MIEN_POLICY_DAY 86400

/* What is allowed, from nothing on. */
typedef enum mien_policy_level {
    MIEN_LEVEL_DENY,
    MIEN_LEVEL_SOME, /* approvals: limited; delegations: well-known; destinations: listed */
    MIEN_LEVEL_ANY
} mien_policy_level;

typedef struct mien_policy_choice {
    mien_policy_level level;
    unsigned means; /* needed for it, beside those that everything needs */
    unsigned line;
} mien_policy_choice;

typedef struct mien_policy_limit {
    mien_uint256 amount;
    unsigned line;
} mien_policy_limit;

typedef struct mien_policy_requirement {
    mien_uint256 above; /* sums above this one; zero: all but nothing */
    unsigned means, line;
} mien_policy_requirement;

typedef struct mien_policy_asset {
    uint8_t token[MIEN_ETHEREUM_ADDRESS_SIZE];
    char name[MIEN_POLICY_LABEL_TEXT];
    unsigned decimals, line;
    mien_policy_limit transaction, day;
    mien_policy_requirement requirements[MIEN_POLICY_REQUIREMENTS];
    size_t requirement_count;
    mien_policy_choice approvals;
    struct mien_policy_asset *next;
} mien_policy_asset;

typedef struct mien_policy_destination {
    char text[MIEN_POLICY_DESTINATION_TEXT], label[MIEN_POLICY_LABEL_TEXT];
    unsigned line;
    struct mien_policy_destination *next;
} mien_policy_destination;

typedef struct mien_policy_wait {
    int64_t seconds;
    mien_uint256 above;
    unsigned line;
} mien_policy_wait;

typedef struct mien_policy_chain_rules {
    mien_policy_chain chain;
    unsigned line;
    unsigned means, means_line; /* "require" without "above" */
    mien_policy_asset coin, *tokens;
    mien_policy_limit fee;
    mien_policy_choice destinations, other_tokens, approvals;
    mien_policy_wait cool_down, new_destination;
    mien_policy_destination *allowed;
    mien_descriptor *shared; /* MIEN_POLICY_SHARED, NULL without any */
    size_t shared_count;
    struct mien_policy_chain_rules *next;
} mien_policy_chain_rules;

struct mien_policy {
    mien_arena arena;   /* owns everything below */
    const char **lines; /* trimmed, without comment; index 0 is line 1 */
    size_t line_count;
    unsigned means, means_line;
    mien_policy_choice messages, typed_data, delegations, unknown_data, any_chain, other_chains,
        approvals;
    mien_policy_chain_rules *chains;
};

const mien_policy_chain_rules *mien_policy_rules_of(const mien_policy *policy,
                                                    mien_policy_chain chain);
const mien_policy_asset *mien_policy_token_of(const mien_policy_chain_rules *rules,
                                              const uint8_t token[MIEN_ETHEREUM_ADDRESS_SIZE]);
/* Decimals of a chain's own coin: 8 or 18. */
unsigned mien_policy_coin_decimals(mien_policy_chain chain);
/* "BTC", "tBTC", "coins". */
const char *mien_policy_coin_name(mien_policy_chain chain);

#endif
