/* SPDX-License-Identifier: MIT */
#include "platform/memory/process.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

mien_status mien_process_harden(mien_error *error) {
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        return mien_fail(error, MIEN_PERMISSION, "core files cannot be switched off: %s",
                         strerror(errno));
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return mien_fail(error, MIEN_PERMISSION,
                         "this process cannot be closed to debuggers of the same user: %s",
                         strerror(errno));
    return MIEN_OK;
}
