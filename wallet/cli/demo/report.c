/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wallet/cli/demo/story.h"
#include "wallet/cli/words.h"
#include "wallet/encoding/hex.h"

static void escape(FILE *out, const char *text) {
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(*text, out);
        }
    }
}

/* A picture as a data URI; an empty one when it does not fit into memory. */
static void data_uri(FILE *out, const mien_image *image, int quality) {
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (mien_image_encode_jpeg(&bytes, &length, image, quality) != MIEN_OK) return;
    size_t size = mien_base64_encoded_size(length);
    char *text = malloc(size);
    if (text != NULL) {
        mien_base64_encode(text, size, bytes, length);
        fprintf(out, "data:image/jpeg;base64,%s", text);
    }
    free(text);
    free(bytes);
}

static void figure(FILE *out, const char *unit, const char *words, double value, int digits) {
    fprintf(out, "<div class=figure><b>%.*f&#8239;%s</b><span>%s</span></div>", digits, value, unit,
            words);
}

static void head(FILE *out, const mien_story *story) {
    const mien_security_term *total =
        story->term_count != 0 ? &story->terms[story->term_count - 1] : NULL;
    fprintf(out,
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
            "content=\"width=device-width,initial-scale=1\"><title>mien: a demonstration</title>"
            "<style>%s</style><main><h1>A face opens a wallet,<br>and a proof says so</h1>",
            mien_report_style);
    fputs("<p class=soft>What <b>mien demo</b> just did on this machine: every figure below was "
          "measured in that one run, every refusal really happened.</p>",
          out);
    if (story->failures == 0)
        fprintf(out,
                "<span class=\"verdict good\">all %zu steps ended as they should, in %.1f s"
                "</span>",
                story->step_count, story->total_seconds);
    else
        fprintf(out,
                "<span class=\"verdict bad\">%zu of %zu steps did NOT end as they should"
                "</span>",
                story->failures, story->step_count);
    fputs("<div class=figures>", out);
    figure(out, "ms", "to find, align and embed a face",
           story->look[0] + story->look[1] + story->look[2], 0);
    figure(out, "ms", "to unlock with three frames, without a PIN", story->unlock_bare, 0);
    figure(out, "ms", "to unlock with a PIN, slow on purpose", story->unlock, 0);
    figure(out, "ms", "to prove that the face matched", story->prove, 0);
    figure(out, "ms", "to check the proof, without a wallet", story->verify, 1);
    figure(out, "kB", "is the proof", (double)story->proof_bytes / 1000, 0);
    figure(out, "ms", "to prove that the network computed it", story->prove_face, 0);
    figure(out, "kB", "is that proof", (double)story->face_bytes / 1000, 0);
    if (total != NULL) figure(out, "bits", "of proven soundness", total->bits_grinding, 0);
    fputs("</div>", out);
}

/* One frame: what the camera saw, the crop that the network saw, and how near it is. */
static void person(FILE *out, const mien_story *story, const mien_story_picture *picture) {
    mien_image crop = {(uint8_t *)picture->crop, MIEN_FACE_CROP_SIDE, MIEN_FACE_CROP_SIDE};
    double cosine = (double)picture->cosine, width = cosine > 0 ? 100 * cosine : 0;
    bool match = cosine >= story->threshold;
    fputs("<figure class=person><div class=views><img class=frame alt=\"\" src=\"", out);
    data_uri(out, &picture->frame, 82);
    fputs("\"><img class=crop alt=\"\" src=\"", out);
    data_uri(out, &crop, 88);
    fputs("\"></div><figcaption><div class=row><span class=soft>", out);
    escape(out, picture->name);
    fprintf(out,
            "</span><b class=%s>%.2f</b></div><div class=\"bar%s\"><i style=\"width:%.1f%%\"></i>"
            "<u style=\"left:%.1f%%\"></u></div></figcaption></figure>",
            match ? "good" : "bad", cosine, match ? "" : " no", width, 100 * story->threshold);
}

static void people(FILE *out, const mien_story *story, char role, const char *title,
                   const char *words) {
    fprintf(out, "<section><h2>%s</h2><p class=soft>%s</p><div class=\"people %c\">", title, words,
            role);
    for (size_t i = 0; i < story->picture_count; i++)
        if (story->pictures[i].role == role) person(out, story, &story->pictures[i]);
    fputs("</div></section>", out);
}

static void cast(FILE *out, const mien_story *story) {
    people(out, story, 'e', "A enrols",
           story->simulated
               ? "One public-domain portrait, seen by a simulated camera that moves, turns, "
                 "relights, blurs and adds noise. The small square is the crop that the network "
                 "sees. Easier than life: rates on real photos come from <b>mien eval</b>."
               : "Photos of the first folder. The small square is the crop that the network sees.");
    fputs("<div class=two>", out);
    people(out, story, 'r', "A comes back",
           "Other frames. The bar is the cosine to the enrolment; the mark in it is what the proof "
           "demands.");
    people(out, story, 'b', "B tries",
           "Another person. This face decodes to another message, and that message opens "
           "nothing.");
    fputs("</div>", out);
}

static void story_steps(FILE *out, const mien_story *story) {
    static const struct {
        const char *css, *tag;
    } moods[] = {{"done", ""},
                 {"refused", "<span class=\"tag warn\">refused, as it should be</span>"},
                 {"failed", "<span class=\"tag bad\">went wrong</span>"}};
    fputs("<h2>What happened</h2><ol class=story>", out);
    for (size_t i = 0; i < story->step_count; i++) {
        const mien_story_step *step = &story->steps[i];
        fprintf(out, "<li class=%s>", moods[step->mood].css);
        if (step->milliseconds >= 0.05)
            fprintf(out, "<span class=ms>%.1f ms</span>", step->milliseconds);
        fputs("<b>", out);
        escape(out, step->title);
        fprintf(out, "</b>%s<div>", moods[step->mood].tag);
        if (strchr(step->words, '\n') != NULL)
            fputs("Shown below, word for word.", out);
        else
            escape(out, step->words);
        fputs("</div></li>", out);
    }
    fputs("</ol>", out);
}

static void payments(FILE *out, const mien_story *story) {
    fputs("<h2>What was shown before anything was signed</h2><p class=soft>Words first, then a key "
          "press, then the face. The proof is bound to the digest of exactly this.</p><pre>",
          out);
    escape(out, story->words);
    fputs("</pre><pre>", out);
    escape(out, story->ethereum_words);
    fputs("</pre>", out);
}

/* Horizontal bars on a scale that starts at zero. */
static void timings(FILE *out, const mien_story *story) {
    const struct {
        const char *name;
        double milliseconds;
    } bars[] = {{"find the face", story->look[0]},     {"landmarks and crop", story->look[1]},
                {"embedding network", story->look[2]}, {"prove the match", story->prove},
                {"verify the proof", story->verify},   {"sign a transaction", story->sign}};
    const size_t count = sizeof bars / sizeof bars[0];
    double longest = 1e-3;
    for (size_t i = 0; i < count; i++)
        if (bars[i].milliseconds > longest) longest = bars[i].milliseconds;
    fputs("<h2>Where the time went</h2><p class=soft>Per frame, per proof, per signature; "
          "milliseconds, on this machine, in this run.</p>",
          out);
    fprintf(out, "<svg viewBox=\"0 0 720 %zu\" width=720 role=img aria-label=\"timings\">",
            count * 34);
    for (size_t i = 0; i < count; i++) {
        size_t y = i * 34;
        double width = 420 * bars[i].milliseconds / longest;
        fprintf(out,
                "<text x=160 y=%zu text-anchor=end>%s</text><rect class=b x=176 y=%zu width=420 "
                "height=14 rx=7 /><rect class=k x=176 y=%zu width=%.1f height=14 rx=%.1f /><text "
                "class=t x=%d y=%zu>%.2f ms</text>",
                y + 19, bars[i].name, y + 8, y + 8, width < 2 ? 2.0 : width, width < 14 ? 1.0 : 7.0,
                608, y + 19, bars[i].milliseconds);
    }
    fprintf(out,
            "</svg><p class=soft>Enrolling took %.0f ms and unlocking %.0f ms with a PIN, which "
            "goes through Argon2id over %.0f MiB so that every guess costs as much. B's wallet, "
            "which has no PIN, opened in %.0f ms. The prover used %.1f MB of memory, the verifier "
            "%.0f kB.</p>",
            story->enrol, story->unlock, story->argon2_mebibytes, story->unlock_bare,
            (double)story->prover_bytes / 1e6, (double)story->verifier_bytes / 1e3);
}

static void security(FILE *out, const mien_story *story) {
    fputs(
        "<h2>How sure the proof makes its reader</h2><p class=soft>Proven in the classical random "
        "oracle model, hashes only, no trusted setup. The last line is the sum.</p><div "
        "class=wide><table><tr><th>term</th><th class=n>bits</th><th class=n>with grinding</th>"
        "<th>error at most</th></tr>",
        out);
    for (size_t i = 0; i < story->term_count; i++) {
        const mien_security_term *term = &story->terms[i];
        fputs("<tr><td>", out);
        escape(out, term->name);
        fprintf(out, "</td><td class=n>%.1f</td><td class=n>%.1f</td><td class=f>", term->bits,
                term->bits_grinding);
        escape(out, term->formula);
        fputs("</td></tr>", out);
    }
    fputs("</table></div>", out);
}

static void limits(FILE *out) {
    fputs("<h2>What this does not show</h2><ul class=limits><li>The proof says: ", out);
    escape(out, mien_words_proved);
    fputs("</li><li>What binds the embedding: ", out);
    escape(out, mien_words_bound);
    fputs("</li><li>Not proved: ", out);
    escape(out, mien_words_not_proved);
    fputs("</li><li>A face alone is worth 13 to 20 bits, whatever the length of the key. Who has "
          "the vault and this device's secret file needs only the PIN, or without a PIN minutes to "
          "days of trying pictures.</li><li>A photo or a screen held before the camera is not told "
          "from a living face here.</li><li>The coins in the two transactions are made up; "
          "signatures, addresses and checks are real.</li></ul>",
          out);
}

mien_status mien_story_report(char **text, size_t *length, const mien_story *story) {
    FILE *out = open_memstream(text, length);
    if (out == NULL) return MIEN_MEMORY;
    head(out, story);
    cast(out, story);
    story_steps(out, story);
    payments(out, story);
    timings(out, story);
    security(out, story);
    limits(out);
    fprintf(out,
            "<footer>mien %s. This page is one file and loads nothing.%s</footer></main></html>\n",
            MIEN_PROJECT_VERSION,
            story->simulated
                ? " Portraits: Eileen Collins (NASA) and Grace Hopper (U.S. Navy), public domain."
                : " It shows faces: treat it as you would their photos.");
    bool failed = ferror(out) != 0;
    if (fclose(out) == 0 && !failed) return MIEN_OK;
    free(*text);
    *text = NULL;
    return MIEN_MEMORY;
}
