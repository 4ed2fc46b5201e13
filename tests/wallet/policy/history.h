/* SPDX-License-Identifier: MIT */
/* A history that says what a test wants it to say. */
#ifndef MIEN_TESTS_WALLET_POLICY_HISTORY_H
#define MIEN_TESTS_WALLET_POLICY_HISTORY_H

#include "wallet/policy/policy.h"

typedef struct told_history {
    mien_uint256 spent;
    bool overflow, allowances, paid, asked;
    int64_t since, last, first;
    mien_status status; /* of every question */
} told_history;

static inline mien_status told_spent(void *context, mien_uint256 *sum, mien_policy_chain chain,
                                     const uint8_t *token, bool allowances, int64_t since,
                                     const uint8_t except[32]) {
    told_history *told = context;
    (void)chain;
    (void)token;
    (void)except;
    told->since = since;
    told->allowances = allowances;
    *sum = told->spent;
    return told->overflow ? MIEN_OVERFLOW : told->status;
}

static inline mien_status told_last(void *context, int64_t *time, bool *found,
                                    mien_policy_chain chain, const uint8_t except[32]) {
    told_history *told = context;
    (void)chain;
    (void)except;
    *time = told->last;
    *found = told->paid;
    return told->status;
}

static inline mien_status told_first(void *context, int64_t *time, bool *found,
                                     mien_policy_chain chain, const char *destination) {
    told_history *told = context;
    (void)chain;
    (void)destination;
    *time = told->first;
    *found = told->asked;
    return told->status;
}

static inline mien_policy_history told_answers(told_history *told) {
    return (mien_policy_history){told, told_spent, told_last, told_first};
}

#endif
