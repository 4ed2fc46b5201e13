/* SPDX-License-Identifier: MIT */
/* Questions are asked on a pseudo-terminal by a child; the test is the person who types. */
#define _GNU_SOURCE
#include "platform/console/console.h"
#include "platform/base/bytes.h"
#include "tests/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

typedef struct person {
    int master, slave, start[2];
    pid_t child;
    char seen[4096]; /* everything the terminal showed */
    size_t seen_length;
    int state; /* how the child ended */
} person;

/* The child runs body() with the new terminal as its own once begin_asking() is called; its exit
 * code is what body() gives. */
static bool sit_down(person *p, int (*body)(void)) {
    memset(p, 0, sizeof *p);
    if (openpty(&p->master, &p->slave, NULL, NULL, NULL) != 0 || pipe(p->start) != 0) return false;
    fflush(stdout);
    p->child = fork();
    if (p->child != 0) return p->child > 0;
    char byte;
    setsid();
    if (ioctl(p->slave, TIOCSCTTY, 0) != 0) _exit(200);
    dup2(p->slave, 2);
    close(p->master);
    if (read(p->start[0], &byte, 1) != 1) _exit(201);
    _exit(body());
}

static void begin_asking(person *p) {
    if (write(p->start[1], "x", 1) != 1) abort();
}

static void type(person *p, const char *text) {
    if (write(p->master, text, strlen(text)) != (ssize_t)strlen(text)) abort();
}

/* Read what the terminal shows until `text` is there; false after five seconds. */
static bool wait_for_a_while(person *p, const char *text, int rounds) {
    for (int i = 0; i < rounds; i++) {
        struct pollfd wanted = {p->master, POLLIN, 0};
        if (strstr(p->seen, text) != NULL) return true;
        if (poll(&wanted, 1, 50) <= 0) continue;
        ssize_t got =
            read(p->master, p->seen + p->seen_length, sizeof p->seen - 1 - p->seen_length);
        if (got > 0) p->seen_length += (size_t)got;
        p->seen[p->seen_length] = '\0';
    }
    return strstr(p->seen, text) != NULL;
}

static bool wait_for(person *p, const char *text) {
    return wait_for_a_while(p, text, 100);
}

static bool echoes(const person *p) {
    struct termios now;
    return tcgetattr(p->slave, &now) == 0 && (now.c_lflag & ECHO) != 0 &&
           (now.c_lflag & ICANON) != 0;
}

/* The child's exit code, or 1000 + the signal that ended it. */
static int stand_up(person *p) {
    int result = -1;
    for (int i = 0; i < 500 && waitpid(p->child, &p->state, WNOHANG) == 0; i++) usleep(10000);
    if (kill(p->child, 0) == 0) {
        kill(p->child, SIGKILL);
        waitpid(p->child, &p->state, 0);
    } else if (WIFEXITED(p->state)) {
        result = WEXITSTATUS(p->state);
    } else if (WIFSIGNALED(p->state)) {
        result = 1000 + WTERMSIG(p->state);
    }
    (void)wait_for_a_while(p, "\001", 2); /* the rest of what was shown */
    CHECK(echoes(p));                     /* the terminal is as it was, always */
    close(p->master);
    close(p->slave);
    close(p->start[0]);
    close(p->start[1]);
    return result;
}

static int ask_secret(void) {
    char secret[12];
    size_t length = 99;
    memset(secret, 'x', sizeof secret);
    mien_status status = mien_console_secret(secret, &length, sizeof secret, -1, "PIN: ", NULL);
    if (status == MIEN_OK)
        return length == 7 && strcmp(secret, "hunter2") == 0 ? MIEN_OK : MIEN_INTERNAL;
    for (size_t i = 0; i < sizeof secret; i++)
        if (secret[i] != 0) return MIEN_INTERNAL; /* wiped on every error */
    return length == 0 ? (int)status : MIEN_INTERNAL;
}

static void secrets_are_not_shown(void) {
    person p;
    REQUIRE(sit_down(&p, ask_secret));
    begin_asking(&p);
    CHECK(wait_for(&p, "PIN: "));
    CHECK(!echoes(&p));
    type(&p, "hunter2\n");
    CHECK_INT(stand_up(&p), MIEN_OK);
    CHECK(strstr(p.seen, "hunter") == NULL);
}

static void typing_ahead_does_not_count(void) {
    person p;
    REQUIRE(sit_down(&p, ask_secret));
    type(&p, "too early\n");
    usleep(50000);
    begin_asking(&p);
    CHECK(wait_for(&p, "PIN: "));
    type(&p, "hunter2\n");
    CHECK_INT(stand_up(&p), MIEN_OK);
}

static void long_secrets_are_refused_whole(void) {
    person p;
    REQUIRE(sit_down(&p, ask_secret));
    begin_asking(&p);
    CHECK(wait_for(&p, "PIN: "));
    type(&p, "hunter2 and much more\n");
    CHECK_INT(stand_up(&p), MIEN_TOO_LARGE);
}

static void no_answer_is_told(void) {
    person p;
    REQUIRE(sit_down(&p, ask_secret));
    begin_asking(&p);
    CHECK(wait_for(&p, "PIN: "));
    type(&p, "\004");
    CHECK_INT(stand_up(&p), MIEN_END);
}

static void interrupt_ends_the_process(void) {
    person p;
    REQUIRE(sit_down(&p, ask_secret));
    begin_asking(&p);
    CHECK(wait_for(&p, "PIN: "));
    type(&p, "hun\003");
    CHECK_INT(stand_up(&p), 1000 + SIGINT);
}

static int ask_secret_watching(void) {
    mien_console_watch_signals();
    int status = ask_secret();
    return status == MIEN_INTERRUPTED && mien_console_interrupted() ? 77 : status;
}

static void interrupt_is_remembered_when_watched(void) {
    person p;
    REQUIRE(sit_down(&p, ask_secret_watching));
    begin_asking(&p);
    CHECK(wait_for(&p, "PIN: "));
    type(&p, "hun\003");
    CHECK_INT(stand_up(&p), 77);
}

static void termination_restores_the_terminal(void) {
    const int numbers[] = {SIGTERM, SIGHUP, SIGQUIT};
    for (int i = 0; i < 3; i++) {
        person p;
        REQUIRE(sit_down(&p, ask_secret));
        begin_asking(&p);
        CHECK(wait_for(&p, "PIN: "));
        kill(p.child, numbers[i]);
        CHECK_INT(stand_up(&p), 1000 + numbers[i]);
    }
}

/* The child's group has nobody to continue it, so the kernel does not stop it: it asks again. */
static void stop_asks_again(void) {
    person p;
    REQUIRE(sit_down(&p, ask_secret));
    begin_asking(&p);
    CHECK(wait_for(&p, "PIN: "));
    type(&p, "wrong\032");
    CHECK(wait_for(&p, "PIN: \r\nPIN: "));
    type(&p, "hunter2\n");
    CHECK_INT(stand_up(&p), MIEN_OK);
}

static int ask_confirm(void) {
    return (int)mien_console_confirm(-1, "Sign?", NULL);
}

static void one_key_confirms(void) {
    static const struct {
        const char *early, *typed;
        mien_status status;
    } cases[] = {{"", "y", MIEN_OK},
                 {"", "Y", MIEN_OK},
                 {"", "n", MIEN_USER_REFUSED},
                 {"", "\n", MIEN_USER_REFUSED},
                 {"", "\033[A", MIEN_USER_REFUSED},
                 {"", "\xff", MIEN_USER_REFUSED},
                 {"y\n", "n", MIEN_USER_REFUSED},
                 {"yyyy", "n", MIEN_USER_REFUSED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        person p;
        REQUIRE(sit_down(&p, ask_confirm));
        if (cases[i].early[0] != '\0') type(&p, cases[i].early);
        usleep(20000);
        begin_asking(&p);
        CHECK(wait_for(&p, "Sign? [y/N] "));
        type(&p, cases[i].typed);
        CHECK_INT(stand_up(&p), cases[i].status);
        CHECK(strstr(p.seen, cases[i].status == MIEN_OK ? "yes" : "no") != NULL);
    }
}

/* A pipe that holds `text` and then ends. */
static int pipe_with(const char *text) {
    int ends[2];
    if (pipe(ends) != 0 || write(ends[1], text, strlen(text)) < 0) abort();
    close(ends[1]);
    return ends[0];
}

static void pipes_answer_too(void) {
    char secret[8];
    size_t length = 0;
    int both = pipe_with("one\ntwo\r\n");
    CHECK_INT(mien_console_secret(secret, &length, sizeof secret, both, "?", NULL), MIEN_OK);
    CHECK_TEXT(secret, "one");
    CHECK_INT(mien_console_secret(secret, &length, sizeof secret, both, "?", NULL), MIEN_OK);
    CHECK_TEXT(secret, "two\r"); /* a pipe's bytes are taken as they are */
    CHECK_INT(mien_console_secret(secret, &length, sizeof secret, both, "?", NULL), MIEN_END);
    close(both);
    int exact = pipe_with("1234567"), longer = pipe_with("12345678\nnext\n"),
        bare = pipe_with("\n");
    CHECK_INT(mien_console_secret(secret, &length, sizeof secret, exact, "?", NULL), MIEN_OK);
    CHECK_INT(length, 7);
    CHECK_INT(mien_console_secret(secret, &length, sizeof secret, longer, "?", NULL),
              MIEN_TOO_LARGE);
    CHECK(length == 0 && secret[0] == 0);
    CHECK_INT(mien_console_secret(secret, &length, sizeof secret, longer, "?", NULL), MIEN_OK);
    CHECK_TEXT(secret, "next"); /* the rest of a long line answers nothing */
    CHECK_INT(mien_console_secret(secret, &length, sizeof secret, bare, "?", NULL), MIEN_OK);
    CHECK_INT(length, 0);
    close(exact);
    close(longer);
    close(bare);
    CHECK_INT(mien_console_secret(secret, &length, sizeof secret, 9999, "?", NULL), MIEN_IO);
}

static void pipes_confirm_too(void) {
    static const struct {
        const char *text;
        mien_status status;
    } cases[] = {{"y\n", MIEN_OK},
                 {"yes", MIEN_OK},
                 {"n\n", MIEN_USER_REFUSED},
                 {"", MIEN_USER_REFUSED},
                 {"\ny\n", MIEN_USER_REFUSED},
                 {" y\n", MIEN_USER_REFUSED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int answers = pipe_with(cases[i].text);
        CHECK_INT(mien_console_confirm(answers, "?", NULL), cases[i].status);
        close(answers);
    }
}

static void no_terminal_is_told(void) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        mien_error error = {MIEN_OK, ""};
        setsid();
        int status = (int)mien_console_confirm(-1, "?", &error);
        _exit(status == MIEN_IO && strstr(error.message, "no terminal") != NULL ? 0 : 1);
    }
    int state = -1;
    CHECK(child > 0 && waitpid(child, &state, 0) == child && state == 0);
}

static void text_from_outside_is_tamed(void) {
    static const struct {
        const char *in, *out;
    } cases[] = {{"plain", "plain"},
                 {"gr\xc3\xbc\xc3\x9f \xe4\xba\xba \xf0\x9f\x98\x80",
                  "gr\xc3\xbc\xc3\x9f \xe4\xba\xba \xf0\x9f\x98\x80"},
                 {"a\033[2Jb\r\n\tc", "a?[2Jb???c"},
                 {"\xe2\x80\xae"
                  "evil",
                  "?evil"},                          /* right-to-left override */
                 {"\xe2\x80\x8b\xef\xbb\xbf", "??"}, /* zero width */
                 {"\xc2\x9b"
                  "31m",
                  "?31m"},                          /* one-byte escape sequence */
                 {"\xc0\xaf\xff\xe4\xba", "?????"}, /* overlong, invalid, cut off */
                 {"\xed\xa0\x80", "???"},           /* surrogate */
                 {"\xf4\x90\x80\x80", "????"},      /* above U+10FFFF */
                 {"", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[64];
        CHECK(mien_console_clean(out, sizeof out, cases[i].in));
        CHECK_TEXT(out, cases[i].out);
    }
    char small[4];
    CHECK(!mien_console_clean(small, sizeof small, "ab\xc3\xbc"));
    CHECK_TEXT(small, "ab"); /* no half characters */
    CHECK(!mien_console_clean(small, 0, "a"));
    for (int round = 0; round < 2000; round++) {
        char in[40], out[20];
        harness_random_bytes(in, sizeof in);
        in[sizeof in - 1] = '\0';
        (void)!mien_console_clean(out, sizeof out, in);
        for (size_t k = 0; out[k] != '\0'; k++)
            CHECK((unsigned char)out[k] >= 0x20 && out[k] != 0x7f);
    }
}

static double clock_now;
static double fake_clock(void) {
    return clock_now;
}

/* What 20 seconds of work show on `descriptor`, with a report each 50 ms. */
static void work(int descriptor) {
    mien_console_progress progress;
    mien_console_progress_start(&progress, descriptor, "proving");
    progress.now = fake_clock;
    progress.start = progress.last = clock_now = 100;
    const mien_progress report = mien_console_progress_of(&progress);
    for (size_t i = 0; i <= 400; i++) {
        CHECK(mien_progress_report(&report, "commit", i, 400));
        clock_now += 0.05;
    }
    mien_console_progress_end(&progress);
}

static int count_of(const char *text, char wanted) {
    int count = 0;
    for (; *text != '\0'; text++) count += *text == wanted;
    return count;
}

static void progress_in_a_file_is_a_few_lines(void) {
    char text[8192] = "";
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    work(ends[1]);
    close(ends[1]);
    REQUIRE(read(ends[0], text, sizeof text - 1) > 0);
    close(ends[0]);
    CHECK(count_of(text, '\n') >= 3 && count_of(text, '\n') <= 5);
    CHECK(strstr(text, "proving: ") != NULL && strstr(text, "commit") != NULL);
    CHECK(strchr(text, '\r') == NULL && strchr(text, '\033') == NULL);
}

static void progress_on_a_terminal_is_one_line(void) {
    person p;
    struct winsize size = {24, 60, 0, 0};
    memset(&p, 0, sizeof p);
    REQUIRE(openpty(&p.master, &p.slave, NULL, NULL, &size) == 0);
    CHECK_INT(mien_console_width(p.slave), 60);
    fcntl(p.slave, F_SETFL, O_NONBLOCK); /* nobody reads meanwhile: what does not fit is lost */
    work(p.slave);
    CHECK(wait_for(&p, "proving ["));
    CHECK(strchr(p.seen, '\n') == NULL);
    size_t longest = 0, here = 0;
    for (const char *c = p.seen; *c != '\0'; c++) {
        here = *c == '\r' ? 0 : here + 1;
        if (here > longest) longest = here;
    }
    CHECK(longest <= 60 + 3); /* and the sequence that clears the rest of the line */
    close(p.master);
    close(p.slave);
}

static void quick_work_is_quiet(void) {
    mien_console_progress progress;
    char byte;
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    mien_console_progress_start(&progress, ends[1], "x");
    progress.now = fake_clock;
    progress.start = progress.last = clock_now = 5;
    const mien_progress report = mien_console_progress_of(&progress);
    for (size_t i = 0; i < 100; i++, clock_now += 0.009)
        CHECK(mien_progress_report(&report, "s", i, 0 + 100));
    CHECK(mien_progress_report(&report, "s", 1, 0)); /* a total of nothing is no crash */
    mien_console_progress_end(&progress);
    close(ends[1]);
    CHECK_INT(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}

static void colours_follow_the_wishes(void) {
    int master, slave;
    REQUIRE(openpty(&master, &slave, NULL, NULL, NULL) == 0);
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    CHECK(mien_console_colours(slave));
    CHECK_TEXT(mien_console_colour(slave, MIEN_COLOUR_PLAIN), "\033[0m");
    setenv("NO_COLOR", "", 1);
    CHECK(mien_console_colours(slave)); /* empty counts as unset: no-color.org */
    setenv("NO_COLOR", "1", 1);
    CHECK_TEXT(mien_console_colour(slave, MIEN_COLOUR_BAD), "");
    unsetenv("NO_COLOR");
    setenv("TERM", "dumb", 1);
    CHECK(!mien_console_colours(slave));
    unsetenv("TERM");
    CHECK(!mien_console_colours(slave));
    setenv("TERM", "xterm", 1);
    int file = pipe_with("");
    CHECK(!mien_console_colours(file));
    CHECK_TEXT(mien_console_colour(slave, (mien_colour)99), "");
    setenv("COLUMNS", "123", 1);
    CHECK_INT(mien_console_width(file), 123);
    setenv("COLUMNS", "7", 1);
    CHECK_INT(mien_console_width(file), 40);
    setenv("COLUMNS", "-3", 1);
    CHECK_INT(mien_console_width(file), 80);
    close(file);
    close(master);
    close(slave);
}

int main(void) {
    RUN(secrets_are_not_shown);
    RUN(typing_ahead_does_not_count);
    RUN(long_secrets_are_refused_whole);
    RUN(no_answer_is_told);
    RUN(interrupt_ends_the_process);
    RUN(interrupt_is_remembered_when_watched);
    RUN(termination_restores_the_terminal);
    RUN(stop_asks_again);
    RUN(one_key_confirms);
    RUN(pipes_answer_too);
    RUN(pipes_confirm_too);
    RUN(no_terminal_is_told);
    RUN(text_from_outside_is_tamed);
    RUN(progress_in_a_file_is_a_few_lines);
    RUN(progress_on_a_terminal_is_one_line);
    RUN(quick_work_is_quiet);
    RUN(colours_follow_the_wishes);
    return harness_end();
}
