/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "wallet/agent/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(MIEN_ASAN)
#include <sanitizer/lsan_interface.h>
#endif

/* ---- Landlock; numbers from linux/landlock.h of later kernels than Debian 12's ---- */

#define RIGHT_REFER (1ull << 13)     /* version 2 */
#define RIGHT_TRUNCATE (1ull << 14)  /* version 3 */
#define RIGHT_IOCTL_DEV (1ull << 15) /* version 5 */
#define NET_BIND_TCP (1ull << 0)     /* version 4 */
#define NET_CONNECT_TCP (1ull << 1)
#define SCOPE_ABSTRACT_UNIX (1ull << 0) /* version 6 */
#define SCOPE_SIGNAL (1ull << 1)
#define FIRST_RIGHTS ((1ull << 13) - 1) /* version 1 */

typedef struct ruleset_attributes {
    uint64_t files, net, scoped;
} ruleset_attributes;

static ruleset_attributes everything(int version) {
    ruleset_attributes all = {FIRST_RIGHTS, 0, 0};
    if (version >= 2) all.files |= RIGHT_REFER;
    if (version >= 3) all.files |= RIGHT_TRUNCATE;
    if (version >= 4) all.net = NET_BIND_TCP | NET_CONNECT_TCP;
    if (version >= 5) all.files |= RIGHT_IOCTL_DEV;
    if (version >= 6) all.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
    return all;
}

/* An older kernel takes a shorter struct. */
static size_t attributes_size(int version) {
    return version >= 6 ? sizeof(ruleset_attributes) : version >= 4 ? 16 : 8;
}

static bool add_rule(int ruleset, const mien_sandbox_path *path, uint64_t handled) {
    struct stat found;
    struct landlock_path_beneath_attr rule = {.parent_fd = -1};
    rule.parent_fd = open(path->path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0) return errno == ENOENT || errno == EACCES || errno == ENOTDIR;
    rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
    if (fstat(rule.parent_fd, &found) == 0 && S_ISDIR(found.st_mode))
        rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
    if (path->device) rule.allowed_access |= LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_IOCTL_DEV;
    rule.allowed_access &= handled;
    const long failed =
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
    return failed == 0;
}

static bool wall_off_files(int version, const mien_sandbox_path *paths, size_t count) {
    const ruleset_attributes all = everything(version);
    const int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &all, attributes_size(version), 0);
    if (ruleset < 0) return false;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) ok = add_rule(ruleset, &paths[i], all.files);
    if (ok) ok = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    const int why = errno;
    close(ruleset);
    errno = why;
    return ok;
}

/* ---- seccomp ---- */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#if defined(ARCHITECTURE) && !defined(MIEN_ASAN) /* the sanitizers' runtime does more than we do   \
                                                  */

/* Reading, memory, time, threads, the end. */
static const int allowed[] = {
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_close,
    SYS_openat,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_lseek,
    SYS_getdents64,
    SYS_fcntl,
    SYS_ioctl,
    SYS_dup,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_readlinkat,
    SYS_getcwd,
    SYS_ppoll,
    SYS_pselect6,
    SYS_mmap,
    SYS_munmap,
    SYS_mremap,
    SYS_mprotect,
    SYS_madvise,
    SYS_mlock,
    SYS_mlock2,
    SYS_munlock,
    SYS_brk,
    SYS_futex,
    SYS_set_robust_list,
    SYS_set_tid_address,
    SYS_rseq,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_membarrier,
    SYS_getrandom,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_restart_syscall,
    SYS_getpid,
    SYS_gettid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_prlimit64,
    SYS_sysinfo,
    SYS_uname,
    SYS_exit,
    SYS_exit_group,
#if defined(__x86_64__)
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
    SYS_getdents,
    SYS_poll,
    SYS_select,
    SYS_time,
    SYS_arch_prctl,
    SYS_dup2,
    SYS_getrlimit,
#endif
};
#define ALLOWED (sizeof allowed / sizeof *allowed)

#define FIELD(name) ((uint32_t)offsetof(struct seccomp_data, name))
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (field))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define ERROR(number) (SECCOMP_RET_ERRNO | (number))

/* New threads, but no new processes: clone must say CLONE_THREAD, and clone3, whose flags a filter
 * cannot read, does not exist (the C library then takes clone). */
static bool wall_off_calls(void) {
    const struct sock_filter start[] = {
        LOAD(FIELD(arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(FIELD(nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
        RETURN(ERROR(ENOSYS)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4),
        LOAD(FIELD(args[0])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
        RETURN(SECCOMP_RET_ALLOW),
        RETURN(ERROR(EPERM)),
    };
    enum { START = sizeof start / sizeof *start };
    struct sock_filter filter[START + 2 * ALLOWED + 1];
    memcpy(filter, start, sizeof start);
    size_t used = START;
    for (size_t i = 0; i < ALLOWED; i++) {
        const struct sock_filter test =
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)allowed[i], 0, 1);
        const struct sock_filter yes = RETURN(SECCOMP_RET_ALLOW);
        filter[used++] = test;
        filter[used++] = yes;
    }
    const struct sock_filter no = RETURN(ERROR(EPERM));
    filter[used++] = no;
    const struct sock_fprog program = {(unsigned short)used, filter};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

static bool has_seccomp(void) {
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 || errno != EINVAL;
}

#else
static bool wall_off_calls(void) {
    return true;
}
static bool has_seccomp(void) {
    return false;
}
#endif

mien_status mien_sandbox_enter(mien_sandbox_walls *walls, const mien_sandbox_path *paths,
                               size_t count, mien_error *error) {
#if defined(MIEN_ASAN)
    __lsan_do_leak_check(); /* it reads /proc, so it cannot at the end */
#endif
    const long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    memset(walls, 0, sizeof *walls);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return mien_fail(error, MIEN_PERMISSION, "this process cannot be restricted: %s",
                         strerror(errno));
    if (version > 0 && !wall_off_files((int)version, paths, count))
        return mien_fail(error, MIEN_PERMISSION, "Landlock refuses: %s", strerror(errno));
    walls->landlock = version > 0 ? (int)version : 0;
    if (has_seccomp() && !wall_off_calls())
        return mien_fail(error, MIEN_PERMISSION, "seccomp refuses: %s", strerror(errno));
    walls->seccomp = has_seccomp();
    return MIEN_OK;
}
