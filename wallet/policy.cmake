# SPDX-License-Identifier: MIT
# What the owner has decided in advance, and the log of what was signed.
mien_library(mien_wallet_policy
  SOURCES
    policy/decide.c
    policy/events.c
    policy/history.c
    policy/log.c
    policy/parse.c
    policy/policy.c
    policy/request.c
    policy/store.c
    policy/words.c
  LINK mien_wallet_core mien_platform PkgConfig::SODIUM PkgConfig::JANSSON)
