/* SPDX-License-Identifier: MIT */
/* `mien agent`: the verbs around wallet/agent. */
#ifndef MIEN_WALLET_CLI_AGENT_H
#define MIEN_WALLET_CLI_AGENT_H

#include "wallet/agent/server.h"
#include "wallet/cli/cli.h"

/* Where the face is looked for when nobody says: $MIEN_SOURCE, else the first camera. */
const char *mien_cli_default_source(void);

/* `mien agent eyes`: in a cage without keys or network, look at the face in the sources given and
 * write what mien_agent_faces_read reads to standard output, errors included. */
MIEN_MUST_CHECK mien_status mien_cli_agent_eyes(mien_cli *cli, mien_error *error);
extern const mien_cli_option *const mien_cli_agent_eyes_tables[];

/* The wallet of this user behind an agent; `models` is the folder of the network that face proofs
 * are about (NULL: the shipped one). *place outlives the opener. */
typedef struct mien_cli_agent_wallet {
    const char *models;
} mien_cli_agent_wallet;
mien_agent_opener mien_cli_agent_opener(mien_cli_agent_wallet *place, const char *models);

#endif
