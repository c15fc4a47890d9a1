// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.data.Prepared;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class LoggingTest {

  @Test
  void theFileHasTheWarningsBeforeItOnceAndThoseAfterIt(@TempDir Path temp) throws IOException {
    Logging.begin();
    LoggerFactory.getLogger("data").warn("a class is missing");
    Logging.to(temp.resolve("run.log"));
    LoggerFactory.getLogger("data").warn("later");
    Logging.to(temp.resolve("other.log"));
    Logging.begin();
    assertThat(Files.readAllLines(temp.resolve("run.log")))
        .hasSize(2)
        .anyMatch(line -> line.endsWith("WARN data a class is missing"))
        .anyMatch(line -> line.endsWith("WARN data later"));
    assertThat(temp.resolve("other.log")).isEmptyFile();
  }

  @Test
  void theScreenHasWarningsAndTheProgressOfPreparations() {
    PrintStream before = System.err;
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    System.setErr(new PrintStream(screen, true, StandardCharsets.UTF_8));
    try {
      Logging.begin();
      LoggerFactory.getLogger("data").warn("a class is missing");
      LoggerFactory.getLogger("data").info("for the file");
      LoggerFactory.getLogger(Prepared.PROGRESS).info("decoded 1 of 2 images");
    } finally {
      System.setErr(before);
      Logging.begin();
    }
    assertThat(screen.toString(StandardCharsets.UTF_8).lines())
        .containsExactly("WARN a class is missing", "INFO decoded 1 of 2 images");
  }
}
