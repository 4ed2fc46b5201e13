/* SPDX-License-Identifier: MIT */
#include "wallet/agent/grants.h"

static mien_uint256 subtract(const mien_uint256 *a, const mien_uint256 *b) {
    mien_uint256 out;
    uint64_t borrow = 0;
    for (int i = 0; i < 4; i++) {
        out.limb[i] = a->limb[i] - b->limb[i] - borrow;
        borrow = a->limb[i] < b->limb[i] || (a->limb[i] == b->limb[i] && borrow != 0);
    }
    return out;
}

mien_status mien_agent_grants_add(mien_agent_grants *grants, uint8_t token[MIEN_AGENT_TOKEN_SIZE],
                                  const mien_agent_grant *grant, int64_t now,
                                  const mien_random *random, mien_error *error) {
    if (grant->purposes == 0 || (grant->purposes & ~(uint32_t)MIEN_PURPOSE_ALL) != 0 ||
        grant->seconds == 0 || grant->count == 0)
        return mien_fail(error, MIEN_ARGUMENT, "a grant without purpose, time or count");
    (void)mien_agent_grants_count(grants, now);
    for (size_t i = 0; i < MIEN_AGENT_GRANTS_MAX; i++) {
        mien_agent_granted *granted = &grants->list[i];
        if (granted->live) continue;
        if (mien_random_fill(random, token, MIEN_AGENT_TOKEN_SIZE) != MIEN_OK)
            return mien_fail(error, MIEN_RANDOM, "no randomness for a grant");
        memcpy(granted->token, token, MIEN_AGENT_TOKEN_SIZE);
        granted->limit = *grant;
        granted->ends = now + (int64_t)grant->seconds * 1000;
        granted->live = true;
        return MIEN_OK;
    }
    return mien_fail(error, MIEN_TOO_LARGE, "there are %d grants already: mien agent lock ends all",
                     MIEN_AGENT_GRANTS_MAX);
}

/* Every entry is compared, so that time tells nothing about the tokens. */
static size_t find(const mien_agent_grants *grants, const uint8_t token[MIEN_AGENT_TOKEN_SIZE],
                   int64_t now) {
    static const uint8_t none[MIEN_AGENT_TOKEN_SIZE];
    size_t found = MIEN_AGENT_GRANTS_MAX;
    for (size_t i = 0; i < MIEN_AGENT_GRANTS_MAX; i++) {
        const mien_agent_granted *granted = &grants->list[i];
        const int equal = mien_equal_ct(granted->token, token, MIEN_AGENT_TOKEN_SIZE);
        if (equal && granted->live && now < granted->ends) found = i;
    }
    return mien_equal_ct(token, none, sizeof none) ? MIEN_AGENT_GRANTS_MAX : found;
}

static bool covers(const mien_agent_grant *limit, const mien_agent_use *use) {
    return use->purpose != 0 && (limit->purposes & use->purpose) == use->purpose &&
           limit->count != 0 && use->satoshis <= limit->satoshis &&
           mien_uint256_compare(&use->wei, &limit->wei) <= 0 &&
           (!use->on_bitcoin || use->network == limit->network) &&
           (!use->on_ethereum || (use->chain_id != 0 && use->chain_id == limit->chain_id));
}

bool mien_agent_grants_cover(const mien_agent_grants *grants,
                             const uint8_t token[MIEN_AGENT_TOKEN_SIZE], const mien_agent_use *use,
                             int64_t now) {
    const size_t i = find(grants, token, now);
    return i != MIEN_AGENT_GRANTS_MAX && covers(&grants->list[i].limit, use);
}

bool mien_agent_grants_spend(mien_agent_grants *grants, const uint8_t token[MIEN_AGENT_TOKEN_SIZE],
                             const mien_agent_use *use, int64_t now) {
    const size_t i = find(grants, token, now);
    if (i == MIEN_AGENT_GRANTS_MAX || !covers(&grants->list[i].limit, use)) return false;
    mien_agent_grant *limit = &grants->list[i].limit;
    limit->count--;
    limit->satoshis -= use->satoshis;
    limit->wei = subtract(&limit->wei, &use->wei);
    if (limit->count == 0) mien_wipe(&grants->list[i], sizeof grants->list[i]);
    return true;
}

uint32_t mien_agent_grants_count(mien_agent_grants *grants, int64_t now) {
    uint32_t count = 0;
    for (size_t i = 0; i < MIEN_AGENT_GRANTS_MAX; i++) {
        mien_agent_granted *granted = &grants->list[i];
        if (granted->live && now >= granted->ends) mien_wipe(granted, sizeof *granted);
        count += granted->live;
    }
    return count;
}

void mien_agent_grants_clear(mien_agent_grants *grants) {
    mien_wipe(grants, sizeof *grants);
}
