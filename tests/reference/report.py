# SPDX-License-Identifier: MIT
"""What tests/harness.h is in C: counts, and the last line. Standard library only."""


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, truth):
        if truth:
            self.passed += 1
        else:
            self.failed += 1
            print("FAIL", what)

    def end(self):
        print("%d passed, %d failed" % (self.passed, self.failed))
        return int(self.failed != 0 or self.passed == 0)
