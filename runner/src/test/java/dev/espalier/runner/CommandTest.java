// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;

/** What commands say and how they end, in this process. */
abstract class CommandTest {

  /** What the last command showed. */
  String out;

  /** What it complained of. */
  String err;

  int espalier(Object... args) {
    StringWriter screen = new StringWriter();
    StringWriter complaints = new StringWriter();
    int code =
        Main.execute(
            new PrintWriter(screen, true),
            new PrintWriter(complaints, true),
            Arrays.stream(args).map(Object::toString).toArray(String[]::new));
    out = screen.toString();
    err = complaints.toString();
    return code;
  }

  void assertDone(int code) {
    assertThat(err).isEmpty();
    assertThat(code).isZero();
  }

  void assertMistake(int code, String... facts) {
    assertThat(code).as("%s %s", out, err).isEqualTo(2);
    assertThat(err).contains(facts).doesNotContain("\tat ").doesNotContain("Exception");
  }
}
