/* SPDX-License-Identifier: MIT */
#include "wallet/cli/cli.h"

int main(int argc, char **argv) {
    return mien_cli_main(argc, argv);
}
