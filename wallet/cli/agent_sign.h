/* SPDX-License-Identifier: MIT */
/* Commands that sign, with the keys of a running agent: it shows, asks and signs. */
#ifndef MIEN_WALLET_CLI_AGENT_SIGN_H
#define MIEN_WALLET_CLI_AGENT_SIGN_H

#include "wallet/agent/client.h"
#include "wallet/cli/ethereum_job.h"
#include "wallet/cli/psbt_job.h"
#include "wallet/rpc/rpc.h"

extern const mien_cli_option mien_cli_agent_options[]; /* --agent */

/* The agent to use: with --agent, or when the command does not say where to look at a face
 * (--source); *client is NULL with --source. The caller disconnects. MIEN_NOT_FOUND for --agent
 * where none runs; MIEN_USAGE without both --source and a running agent, and for options that it
 * has no part in. */
MIEN_MUST_CHECK mien_status mien_cli_find_agent(mien_cli *cli, mien_agent_client **client,
                                                mien_error *error);
/* Let it sign job->psbt; signatures are added there. */
MIEN_MUST_CHECK mien_status mien_cli_agent_psbt(mien_cli_psbt_job *job, mien_agent_client *client,
                                                mien_error *error);
/* Let it sign what `payload` is (an authorisation is in the job); what comes back is checked
 * against the job and put there. */
MIEN_MUST_CHECK mien_status mien_cli_agent_ethereum(mien_cli *cli, mien_cli_ethereum_job *job,
                                                    mien_agent_client *client, mien_rpc_kind kind,
                                                    mien_view payload, mien_error *error);

#endif
