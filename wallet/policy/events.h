/* SPDX-License-Identifier: MIT */
/* Lines of the audit log: what happened, to JSON and back. Internal to wallet/policy. */
#ifndef MIEN_WALLET_POLICY_EVENTS_H
#define MIEN_WALLET_POLICY_EVENTS_H

#include "platform/json/json.h"
#include "wallet/policy/policy.h"

typedef enum mien_policy_event {
    MIEN_EVENT_POLICY,  /* a policy came into force */
    MIEN_EVENT_SIGNED,  /* allowed; the signature follows */
    MIEN_EVENT_WAITING, /* asked for, may be signed later */
    MIEN_EVENT_REFUSED,
    MIEN_EVENTS
} mien_policy_event;

/* NULL without memory. */
json_t *mien_policy_event_of_policy(const uint8_t digest[MIEN_POLICY_DIGEST_SIZE], int64_t now);
json_t *mien_policy_event_of_request(mien_policy_event event, const mien_policy_request *request,
                                     const mien_policy_decision *decision, unsigned means,
                                     int64_t now);

/* A line read back: the request as far as limits count it. Flows live in the arena. */
typedef struct mien_policy_past_event {
    mien_policy_event event;
    int64_t time;
    uint8_t digest[32]; /* of the policy or of what was asked */
    mien_policy_request request;
} mien_policy_past_event;
MIEN_MUST_CHECK mien_status mien_policy_event_read(mien_policy_past_event *out, mien_arena *arena,
                                                   const json_t *object, mien_error *error);

#endif
