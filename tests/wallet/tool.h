/* SPDX-License-Identifier: MIT */
/* The wallet core behind questions in JSON, so that independent implementations can be asked the
 * same. One request object in, one answer object out; {"error": name of the status} on a refusal.
 */
#ifndef MIEN_TESTS_WALLET_TOOL_H
#define MIEN_TESTS_WALLET_TOOL_H

#include <jansson.h>

#include "wallet/curve/curve.h"

/* New reference. Never NULL. */
json_t *tool_answer(const mien_curve *curve, const json_t *request);

#endif
