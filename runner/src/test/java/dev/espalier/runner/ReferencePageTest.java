// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/reference.md and the commands that print it. */
class ReferencePageTest {

  private static final Path PAGE =
      Stream.of(Path.of("../docs/reference.md"), Path.of("docs/reference.md"))
          .filter(file -> Files.exists(file.resolveSibling("writing.md")))
          .findFirst()
          .orElseThrow();

  private final StringWriter out = new StringWriter();

  /** With {@code -Dreference.regenerate=true} this test writes the page again. */
  @Test
  void thePageIsWhatTheCatalogueSays() throws IOException {
    assertThat(execute("describe", "--all", "--markdown")).isZero();
    String text = out.toString().replace("\r\n", "\n");
    if (Boolean.getBoolean("reference.regenerate")) {
      Files.writeString(PAGE, text);
    }
    assertThat(text)
        .contains("### `imp`, a method", "- `rewind-to : ", "### `demo`, an experiment");
    assertThat(Files.readString(PAGE).replace("\r\n", "\n"))
        .as("docs/reference.md; run this test with -Dreference.regenerate=true")
        .isEqualTo(text);
  }

  @Test
  void oneIdOrAllIsAllowed() {
    assertThat(execute("describe")).isEqualTo(ExitCode.MISTAKE);
    assertThat(execute("describe", "imp", "--all")).isEqualTo(ExitCode.MISTAKE);
    assertThat(out.toString()).contains("allowed is an <id> or --all");
  }

  private int execute(String... args) {
    return Main.execute(new PrintWriter(out, true), new PrintWriter(out, true), args);
  }
}
