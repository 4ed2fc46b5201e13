/* SPDX-License-Identifier: MIT */
/* The cage of the eyes, tried from inside: each attempt in a process of its own. */
#include "wallet/agent/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/harness.h"

static pid_t parent; /* getppid is not for caged ones */
static char folder[64], inside[96], outside[96];

enum { CAGED = 100, NO_CAGE = 101, NO_LANDLOCK = 102, NO_SECCOMP = 103 };

/* Exit code of `attempt` in a cage that may read `folder`: what it returns, or one of the above. */
static int caged(int (*attempt)(void), int *landlock, bool *seccomp) {
    mien_sandbox_walls walls = {0};
    int report[2];
    if (pipe(report) != 0) return NO_CAGE;
    const pid_t child = fork();
    if (child == 0) {
        const mien_sandbox_path paths[] = {{folder, false}, {"/does/not/exist", true}};
        if (mien_sandbox_enter(&walls, paths, 2, NULL) != MIEN_OK) _exit(NO_CAGE);
        if (write(report[1], &walls, sizeof walls) != (ssize_t)sizeof walls) _exit(NO_CAGE);
        _exit(attempt());
    }
    int code = 0;
    waitpid(child, &code, 0);
    close(report[1]);
    if (read(report[0], &walls, sizeof walls) != (ssize_t)sizeof walls) walls.landlock = 0;
    close(report[0]);
    *landlock = walls.landlock;
    *seccomp = walls.seccomp;
    return WIFEXITED(code) ? WEXITSTATUS(code) : NO_CAGE;
}

/* 0 when it worked, else errno. */
static int opens(const char *path, int flags) {
    return open(path, flags | O_CLOEXEC, 0600) >= 0 ? 0 : errno;
}

static int read_inside(void) {
    return opens(inside, O_RDONLY);
}
static int read_outside(void) {
    return opens(outside, O_RDONLY);
}
static int read_passwords(void) {
    return opens("/etc/passwd", O_RDONLY);
}
static int read_other_memory(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/mem", (long)parent);
    return opens(path, O_RDONLY);
}
static int write_inside(void) {
    return opens(inside, O_WRONLY);
}
static int create_inside(void) {
    char path[128];
    snprintf(path, sizeof path, "%s/new", folder);
    return opens(path, O_WRONLY | O_CREAT);
}

static void files(void) {
    static const struct {
        int (*attempt)(void);
        int expected;
    } cases[] = {{read_inside, 0},       {read_outside, EACCES},  {read_passwords, EACCES},
                 {write_inside, EACCES}, {create_inside, EACCES}, {read_other_memory, EACCES}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int landlock;
        bool seccomp;
        const int code = caged(cases[i].attempt, &landlock, &seccomp);
        if (landlock == 0) SKIP("this kernel has no Landlock");
        CHECK_INT(code, cases[i].expected);
    }
}

static int connect_somewhere(void) {
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : errno;
}
static int start_a_program(void) {
    char *argv[] = {(char[]){"true"}, NULL};
    execv("/bin/true", argv);
    return errno;
}
static int start_a_process(void) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    return child > 0 ? 0 : errno;
}
static int kill_the_parent(void) {
    return kill(parent, 0) == 0 ? 0 : errno;
}
static int trace_the_parent(void) {
    return ptrace(PTRACE_ATTACH, parent, NULL, NULL) == 0 ? 0 : errno;
}
static int remove_inside(void) {
    return unlink(inside) == 0 ? 0 : errno;
}
static int become_another(void) {
    return setuid(65534) == 0 ? 0 : errno;
}

static void calls(void) {
    int (*const attempts[])(void) = {connect_somewhere, start_a_program,  start_a_process,
                                     kill_the_parent,   trace_the_parent, remove_inside,
                                     become_another};
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        int landlock;
        bool seccomp;
        const int code = caged(attempts[i], &landlock, &seccomp);
        if (!seccomp) SKIP("no seccomp here");
        if (code == 0) printf("  attempt %zu got out\n", i);
        CHECK(code == EPERM || code == EACCES);
    }
}

static void *add(void *value) {
    (*(int *)value)++;
    return NULL;
}

/* What the networks need still works: threads, memory, time, random numbers. */
static int work(void) {
    pthread_t thread;
    int value = 0;
    struct timespec now;
    char *memory = malloc(64 << 20);
    if (memory == NULL || clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 1;
    memset(memory, 1, 64 << 20);
    free(memory);
    if (pthread_create(&thread, NULL, add, &value) != 0) return 2;
    pthread_join(thread, NULL);
    return value == 1 ? CAGED : 3;
}

static void work_goes_on(void) {
    int landlock;
    bool seccomp;
    CHECK_INT(caged(work, &landlock, &seccomp), CAGED);
    printf("Landlock version %d, seccomp %s\n", landlock, seccomp ? "on" : "off");
}

static void make_file(const char *path) {
    FILE *file = fopen(path, "w");
    if (file != NULL) fclose(file);
}

int main(void) {
    parent = getpid();
    snprintf(folder, sizeof folder, "/tmp/mien-cage-XXXXXX");
    if (mkdtemp(folder) == NULL) return 1;
    snprintf(inside, sizeof inside, "%s/inside", folder);
    snprintf(outside, sizeof outside, "%s.outside", folder);
    make_file(inside);
    make_file(outside);
    RUN(files);
    RUN(calls);
    RUN(work_goes_on);
    unlink(inside);
    unlink(outside);
    rmdir(folder);
    return harness_end();
}
