/* SPDX-License-Identifier: MIT */
/* Settings of the whole process that keep its memory to itself. */
#ifndef MIEN_PLATFORM_MEMORY_PROCESS_H
#define MIEN_PLATFORM_MEMORY_PROCESS_H

#include "platform/base/error.h"

/* No core files (RLIMIT_CORE 0) and no access to this process by others of the same user through
 * ptrace or /proc (PR_SET_DUMPABLE 0). For programs, once, before the first secret. MIEN_PERMISSION
 * when the system refuses; a program should then say so and stop. */
MIEN_MUST_CHECK mien_status mien_process_harden(mien_error *error);

#endif
