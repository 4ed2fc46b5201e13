/* SPDX-License-Identifier: MIT */
#include "wallet/cli/demo/story.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/base/bytes.h"
#include "platform/console/console.h"

#define INDENT 4

/* One line, wrapped at blanks; what goes on stands under its first letter. */
static void print_line(const char *words, size_t length, size_t width) {
    size_t lead = strspn(words, " ");
    bool first = true;
    width -= INDENT + lead;
    for (words += lead, length -= lead; length != 0 || first; first = false) {
        size_t part = length;
        if (part > width) {
            part = width;
            while (part > 0 && words[part] != ' ') part--;
            if (part == 0) part = width;
        }
        fprintf(stderr, "%*s%.*s\n", (int)(INDENT + lead), "", (int)part, words);
        while (part < length && words[part] == ' ') part++;
        words += part;
        length -= part;
    }
}

static void print_wrapped(const char *words, int width) {
    while (*words != '\0') {
        size_t length = strcspn(words, "\n"), lead = strspn(words, " ");
        if (lead < length) print_line(words, length, (size_t)width + lead);
        words += length + (words[length] == '\n');
    }
}

static void print_step(const mien_story_step *step) {
    static const struct {
        mien_colour colour;
        const char *mark;
    } moods[] = {
        {MIEN_COLOUR_GOOD, "done   "}, {MIEN_COLOUR_WARN, "refused"}, {MIEN_COLOUR_BAD, "WRONG  "}};
    int width = mien_console_width(STDERR_FILENO);
    fprintf(stderr, "  %s%s%s %s%s%s", mien_console_colour(STDERR_FILENO, moods[step->mood].colour),
            moods[step->mood].mark, mien_console_colour(STDERR_FILENO, MIEN_COLOUR_PLAIN),
            mien_console_colour(STDERR_FILENO, MIEN_COLOUR_BOLD), step->title,
            mien_console_colour(STDERR_FILENO, MIEN_COLOUR_PLAIN));
    if (step->milliseconds >= 0.05)
        fprintf(stderr, "  %s%.1f ms%s", mien_console_colour(STDERR_FILENO, MIEN_COLOUR_DIM),
                step->milliseconds, mien_console_colour(STDERR_FILENO, MIEN_COLOUR_PLAIN));
    fputc('\n', stderr);
    print_wrapped(step->words, width > 100 ? 100 : width);
}

void mien_story_tell(mien_story *story, mien_story_mood mood, double milliseconds,
                     const char *title, const char *format, ...) {
    if (mood == MIEN_STORY_FAILED) story->failures++;
    if (story->step_count == MIEN_STORY_STEPS) return;
    mien_story_step *step = &story->steps[story->step_count++];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(step->words, sizeof step->words, format, arguments);
    va_end(arguments);
    snprintf(step->title, sizeof step->title, "%s", title);
    step->mood = mood;
    step->milliseconds = milliseconds;
    if (!story->cli->quiet && !story->cli->json) print_step(step);
}

void mien_story_chapter(mien_story *story, const char *title) {
    if (story->cli->quiet || story->cli->json) return;
    fprintf(stderr, "\n%s%s%s\n", mien_console_colour(STDERR_FILENO, MIEN_COLOUR_BOLD), title,
            mien_console_colour(STDERR_FILENO, MIEN_COLOUR_PLAIN));
}

void mien_story_clear(mien_story *story) {
    for (size_t i = 0; i < story->picture_count; i++) mien_image_free(&story->pictures[i].frame);
    mien_wipe(story->pictures, sizeof story->pictures);
    story->picture_count = 0;
}
