/* SPDX-License-Identifier: MIT */
/* Requests of `mien eth serve` that the agent signs: it asks the person at its own prompt, or uses
 * a grant ($MIEN_AGENT_GRANT), and has the keys. What comes back is checked here before a program
 * gets it. */
#ifndef MIEN_WALLET_CLI_ETH_AGENT_H
#define MIEN_WALLET_CLI_ETH_AGENT_H

#include "wallet/agent/client.h"
#include "wallet/cli/cli.h"
#include "wallet/rpc/rpc.h"

/* Addresses first..first+count-1 from the agent's own keys; unlocks it, which asks for the face. */
MIEN_MUST_CHECK mien_status mien_cli_agent_accounts(mien_rpc_service *service, uint32_t first,
                                                    uint32_t count, mien_error *error);
/* Have one job signed. `fee_given`: the limit of the service is not the usual one. What comes back
 * is what was asked for, with a signature of job->from, or MIEN_AUTHENTICATION. */
MIEN_MUST_CHECK mien_status mien_cli_agent_sign(mien_agent_client *client, mien_rpc_job *job,
                                                const mien_ethereum_limits *limits, bool fee_given,
                                                mien_error *error);

#endif
