/* SPDX-License-Identifier: MIT */
/* Deciding. Every rule that applies is looked at; the hardest outcome stands, and among equals the
 * first one that was found. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wallet/policy/policy_parts.h"

typedef struct decider {
    mien_policy_decision *decision;
    const mien_policy *policy;
    const mien_policy_request *request;
    const mien_policy_chain_rules *rules; /* of the request's chain; NULL for none */
    const mien_policy_history *history;
    int64_t now;
} decider;

/* ---- outcomes ---- */

static void name_rule(decider *d, unsigned line, const char *built_in) {
    d->decision->line = line;
    snprintf(d->decision->rule, sizeof d->decision->rule, "%.127s",
             line != 0 ? d->policy->lines[line - 1] : built_in);
}

static void deny(decider *d, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void deny(decider *d, unsigned line, const char *format, ...) {
    if (d->decision->verdict == MIEN_VERDICT_DENIED) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(d->decision->reason, sizeof d->decision->reason, format, arguments);
    va_end(arguments);
    d->decision->verdict = MIEN_VERDICT_DENIED;
    name_rule(d, line, "the policy does not mention it");
}

static void wait_until(decider *d, unsigned line, int64_t time, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void wait_until(decider *d, unsigned line, int64_t time, const char *format, ...) {
    mien_policy_decision *decision = d->decision;
    if (decision->verdict == MIEN_VERDICT_DENIED) return;
    if (decision->verdict == MIEN_VERDICT_WAIT && time <= decision->not_before) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(decision->reason, sizeof decision->reason, format, arguments);
    va_end(arguments);
    decision->verdict = MIEN_VERDICT_WAIT;
    decision->not_before = time;
    name_rule(d, line, "");
}

/* The line that last added to what is needed is the one that is named when something is missing. */
static void need(decider *d, unsigned means, unsigned line) {
    if ((means & ~d->decision->needs) == 0) return;
    d->decision->needs |= means;
    if (d->decision->verdict == MIEN_VERDICT_ALLOWED) name_rule(d, line, "");
}

static void choose(decider *d, const mien_policy_choice *choice, mien_policy_level least,
                   const char *what) {
    if (choice->level < least) {
        deny(d, choice->line, "%s", what);
        return;
    }
    need(d, choice->means, choice->line);
}

/* ---- amounts ---- */

/* A sum that does not fit in 256 bits is above every limit. */
typedef struct sum {
    mien_uint256 amount;
    bool endless;
} sum;

static void add(sum *total, const mien_uint256 *amount) {
    if (mien_uint256_add(&total->amount, &total->amount, amount) != MIEN_OK) total->endless = true;
}

static bool is_above(const sum *total, const mien_uint256 *limit) {
    return total->endless || mien_uint256_compare(&total->amount, limit) > 0;
}

static void amount_text(char out[MIEN_UINT256_TEXT + MIEN_POLICY_LABEL_TEXT], const sum *total,
                        const mien_policy_asset *asset) {
    char digits[MIEN_UINT256_TEXT];
    mien_uint256_text(digits, &total->amount, asset->decimals);
    snprintf(out, MIEN_UINT256_TEXT + MIEN_POLICY_LABEL_TEXT, "%s %s",
             total->endless ? "without end" : digits, asset->name);
}

static bool same_asset(const mien_policy_flow *a, const mien_policy_flow *b) {
    if (a->is_token != b->is_token) return false;
    return !a->is_token || memcmp(a->token, b->token, sizeof a->token) == 0;
}

static const mien_policy_choice *approvals_for(const decider *d, const mien_policy_asset *token) {
    if (token != NULL && token->approvals.line != 0) return &token->approvals;
    if (d->rules != NULL && d->rules->approvals.line != 0) return &d->rules->approvals;
    return &d->policy->approvals;
}

/* What of one asset the request takes; allowances count where they are limited by their amount. */
static sum sum_of(const decider *d, const mien_policy_flow *like, const mien_policy_asset *asset) {
    sum total = {{{0}}, false};
    bool free_approvals = approvals_for(d, asset)->level == MIEN_LEVEL_ANY;
    for (size_t i = 0; i < d->request->flow_count; i++) {
        const mien_policy_flow *flow = &d->request->flows[i];
        if (!same_asset(flow, like) || (flow->approval && free_approvals)) continue;
        if (flow->unlimited) total.endless = true;
        add(&total, &flow->amount);
    }
    if (!like->is_token) add(&total, &d->request->fee);
    return total;
}

static mien_status check_day(decider *d, const mien_policy_asset *asset, const uint8_t *token,
                             const sum *total) {
    sum day = *total, before = {{{0}}, false};
    char text[MIEN_UINT256_TEXT + MIEN_POLICY_LABEL_TEXT];
    char spent[MIEN_UINT256_TEXT + MIEN_POLICY_LABEL_TEXT];
    if (asset->day.line == 0) return MIEN_OK;
    bool allowances = approvals_for(d, asset)->level != MIEN_LEVEL_ANY;
    mien_status status =
        d->history->spent(d->history->context, &before.amount, d->request->chain, token, allowances,
                          d->now - MIEN_POLICY_DAY + 1, d->request->digest);
    if (status != MIEN_OK && status != MIEN_OVERFLOW) return status;
    if (status == MIEN_OVERFLOW) before = (sum){.endless = true};
    add(&day, &before.amount);
    day.endless |= before.endless;
    if (!is_above(&day, &asset->day.amount)) return MIEN_OK;
    amount_text(text, total, asset);
    amount_text(spent, &before, asset);
    deny(d, asset->day.line, "%s more would be above the limit of a day: %s in the last 24 hours",
         text, spent);
    return MIEN_OK;
}

static mien_status check_asset(decider *d, const mien_policy_flow *like,
                               const mien_policy_asset *asset) {
    char text[MIEN_UINT256_TEXT + MIEN_POLICY_LABEL_TEXT];
    sum total = sum_of(d, like, asset);
    if (asset->transaction.line != 0 && is_above(&total, &asset->transaction.amount)) {
        amount_text(text, &total, asset);
        deny(d, asset->transaction.line, "%s are above the limit of a transaction", text);
    }
    for (size_t i = 0; i < asset->requirement_count; i++)
        if (is_above(&total, &asset->requirements[i].above))
            need(d, asset->requirements[i].means, asset->requirements[i].line);
    return check_day(d, asset, like->is_token ? like->token : NULL, &total);
}

/* ---- tokens ---- */

static void check_approval(decider *d, const mien_policy_flow *flow,
                           const mien_policy_asset *asset) {
    if (!flow->unlimited && mien_uint256_is_zero(&flow->amount)) return; /* takes one back */
    const mien_policy_choice *choice = approvals_for(d, asset);
    choose(d, choice, flow->unlimited ? MIEN_LEVEL_ANY : MIEN_LEVEL_SOME,
           flow->unlimited ? "it allows somebody to take tokens without end"
                           : "it allows somebody to take tokens");
}

static mien_status check_token(decider *d, const mien_policy_flow *flow) {
    const mien_policy_asset *asset =
        d->rules != NULL ? mien_policy_token_of(d->rules, flow->token) : NULL;
    if (flow->approval) check_approval(d, flow, asset);
    if (asset != NULL) return check_asset(d, flow, asset);
    if (d->rules != NULL)
        choose(d, &d->rules->other_tokens, MIEN_LEVEL_ANY,
               "this token has no section in the policy");
    return MIEN_OK;
}

/* ---- destinations and waiting ---- */

static bool is_listed(const mien_policy_chain_rules *rules, const char *destination) {
    for (const mien_policy_destination *entry = rules->allowed; entry != NULL; entry = entry->next)
        if (strcmp(entry->text, destination) == 0) return true;
    return false;
}

/* Whether a rule with "above" applies: tokens have no amount of coins to compare. */
static bool is_waiting_for(const decider *d, const mien_policy_wait *wait) {
    static const mien_policy_flow coin = {.is_token = false};
    if (wait->line == 0) return false;
    for (size_t i = 0; i < d->request->flow_count; i++)
        if (d->request->flows[i].is_token) return true;
    if (mien_uint256_is_zero(&wait->above)) return true;
    sum total = sum_of(d, &coin, &d->rules->coin);
    return is_above(&total, &wait->above);
}

static mien_status check_new_destination(decider *d, const char *destination, const char *shown) {
    const mien_policy_wait *wait = &d->rules->new_destination;
    int64_t first;
    bool found;
    MIEN_TRY(d->history->first_asked(d->history->context, &first, &found, d->request->chain,
                                     destination));
    if (!found || first > d->now) first = d->now;
    if (!found) d->decision->announce = true;
    if (d->now - first < wait->seconds)
        wait_until(d, wait->line, first + wait->seconds, "%s is a new destination", shown);
    return MIEN_OK;
}

/* Tokens go to destinations of their chain; `waiting`: whether new ones have to wait. */
static mien_status check_destination(decider *d, const char *destination, bool waiting) {
    const char *shown = destination[0] != '\0' ? destination : "a new contract";
    if (is_listed(d->rules, destination)) return MIEN_OK;
    if (d->rules->destinations.level != MIEN_LEVEL_ANY) {
        deny(d, d->rules->destinations.line, "%s is not in the list of destinations", shown);
        return MIEN_OK;
    }
    return waiting ? check_new_destination(d, destination, shown) : MIEN_OK;
}

static mien_status check_cool_down(decider *d) {
    const mien_policy_wait *wait = &d->rules->cool_down;
    int64_t last;
    bool found;
    if (!is_waiting_for(d, wait)) return MIEN_OK;
    MIEN_TRY(d->history->last_payment(d->history->context, &last, &found, d->request->chain,
                                      d->request->digest));
    if (!found) return MIEN_OK;
    if (last > d->now) last = d->now;
    if (d->now - last < wait->seconds)
        wait_until(d, wait->line, last + wait->seconds, "the last payment is too recent");
    return MIEN_OK;
}

/* ---- kinds of requests ---- */

static mien_status check_flows(decider *d) {
    bool waiting = d->rules != NULL && is_waiting_for(d, &d->rules->new_destination);
    for (size_t i = 0; i < d->request->flow_count; i++) {
        const mien_policy_flow *flow = &d->request->flows[i];
        if (flow->is_token) MIEN_TRY(check_token(d, flow));
        if (d->rules != NULL) MIEN_TRY(check_destination(d, flow->destination, waiting));
    }
    return MIEN_OK;
}

static mien_status check_chain_rules(decider *d) {
    static const mien_policy_flow coin = {.is_token = false};
    const mien_policy_chain_rules *rules = d->rules;
    char text[MIEN_UINT256_TEXT + MIEN_POLICY_LABEL_TEXT];
    sum fee = {d->request->fee, false};
    need(d, rules->means, rules->means_line);
    if (rules->fee.line != 0 && is_above(&fee, &rules->fee.amount)) {
        amount_text(text, &fee, &rules->coin);
        deny(d, rules->fee.line, "the fee may become %s", text);
    }
    MIEN_TRY(check_cool_down(d));
    return check_asset(d, &coin, &rules->coin);
}

static void check_delegation(decider *d) {
    const char *what = "it hands an account over to code";
    if (d->request->unknown_code) what = "it hands an account over to code that is not well known";
    choose(d, &d->policy->delegations, d->request->unknown_code ? MIEN_LEVEL_ANY : MIEN_LEVEL_SOME,
           what);
}

static mien_status check_payment(decider *d) {
    if (d->request->unknown_data)
        choose(d, &d->policy->unknown_data, MIEN_LEVEL_ANY,
               "it carries data that cannot be shown in words");
    if (d->request->delegates) check_delegation(d);
    if (d->rules != NULL) MIEN_TRY(check_chain_rules(d));
    return check_flows(d);
}

/* Chains with or without a section, for everything that names one. */
static void check_chain(decider *d) {
    const mien_policy_request *request = d->request;
    char name[MIEN_POLICY_CHAIN_TEXT];
    if (request->any_chain)
        choose(d, &d->policy->any_chain, MIEN_LEVEL_ANY, "it would be valid on every chain");
    bool names_one =
        request->kind != MIEN_POLICY_MESSAGE && (!request->chain.evm || request->chain.id != 0);
    if (!names_one || d->rules != NULL || d->policy->other_chains.level == MIEN_LEVEL_ANY) return;
    mien_policy_chain_text(name, request->chain);
    deny(d, d->policy->other_chains.line, "chain %s has no section in the policy", name);
}

static mien_status check_kind(decider *d) {
    const mien_policy *policy = d->policy;
    need(d, policy->means, policy->means_line);
    check_chain(d);
    switch (d->request->kind) {
    case MIEN_POLICY_PAYMENT:
        return check_payment(d);
    case MIEN_POLICY_MESSAGE:
        choose(d, &policy->messages, MIEN_LEVEL_ANY, "messages are not signed");
        return MIEN_OK;
    case MIEN_POLICY_TYPED_DATA:
        choose(d, &policy->typed_data, MIEN_LEVEL_ANY, "typed data are not signed");
        return MIEN_OK;
    case MIEN_POLICY_DELEGATION:
        check_delegation(d);
        return MIEN_OK;
    case MIEN_POLICY_REVOCATION:
        return MIEN_OK;
    default:
        return MIEN_ARGUMENT;
    }
}

static void compare_means(mien_policy_decision *decision, unsigned means) {
    char missing[MIEN_MEANS_TEXT];
    if ((means & MIEN_MEANS_FACE_PROOF) != 0) means |= MIEN_MEANS_MATCH_PROOF;
    decision->missing = decision->needs & ~means;
    if (decision->missing == 0 || decision->verdict != MIEN_VERDICT_ALLOWED) return;
    decision->verdict = MIEN_VERDICT_NEEDS_MORE;
    mien_means_text(missing, decision->missing);
    snprintf(decision->reason, sizeof decision->reason, "%s is needed for it", missing);
}

mien_status mien_policy_decide(mien_policy_decision *decision, const mien_policy *policy,
                               const mien_policy_request *request, unsigned means, int64_t now,
                               const mien_policy_history *history) {
    *decision = (mien_policy_decision){.verdict = MIEN_VERDICT_ALLOWED};
    decider d = {decision, policy, request, NULL, history, now};
    if (request->kind != MIEN_POLICY_MESSAGE)
        d.rules = mien_policy_rules_of(policy, request->chain);
    mien_status status = check_kind(&d);
    if (status == MIEN_OK) {
        compare_means(decision, means);
        return MIEN_OK;
    }
    *decision = (mien_policy_decision){.verdict = MIEN_VERDICT_DENIED};
    return status;
}
