// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {

  @TempDir private Path root;

  private Path path() {
    return root.resolve("runs/tiny-12345678");
  }

  @Test
  void isHeldByOneAtATime() throws IOException {
    try (RunFolder first = new RunFolder(path())) {
      assertThat(first.path()).isEqualTo(path());
      assertThatThrownBy(() -> new RunFolder(path()))
          .isInstanceOf(RunHeld.class)
          .hasMessageContainingAll(
              path().toString(), "process " + ProcessHandle.current().pid() + " since ");
      assertThatThrownBy(() -> new RunFolder(path()))
          .as("the refusal did not free it")
          .isInstanceOf(RunHeld.class);
    }
    try (RunFolder again = new RunFolder(path())) {
      assertThat(again.path()).isEqualTo(path());
    }
  }

  @Test
  void twoRunsAreHeldApart() throws IOException {
    try (RunFolder first = new RunFolder(path());
        RunFolder second = new RunFolder(root.resolve("runs/tiny-87654321"))) {
      assertThat(first.path()).isNotEqualTo(second.path());
    }
  }

  @Test
  void anEventThatWasCutShortIsTakenAway() throws IOException {
    Path events = path().resolve("events.jsonl");
    try (RunFolder folder = new RunFolder(path())) {
      folder.event("begin", Map.of());
      folder.event("end", Map.of());
    }
    String whole = Files.readString(events);
    String first = whole.substring(0, whole.indexOf('\n') + 1);
    for (int left : new int[] {whole.length(), whole.length() - 1, first.length() + 1, 5, 0}) {
      Files.writeString(events, whole.substring(0, left));
      new RunFolder(path()).close();
      assertThat(events)
          .hasContent(left == whole.length() ? whole : left > first.length() ? first : "");
    }
  }

  @Test
  void eventsAreAppendedALineEach() throws IOException {
    for (int opened = 0; opened < 2; opened++) {
      try (RunFolder folder = new RunFolder(path())) {
        folder.event("begin", Map.of("text", "two\nlines \"quoted\""));
      }
    }
    assertThat(Files.readAllLines(path().resolve("events.jsonl")))
        .hasSize(2)
        .allSatisfy(
            line -> {
              var event = JsonParser.parseString(line).getAsJsonObject();
              assertThat(event.get("event").getAsString()).isEqualTo("begin");
              assertThat(event.get("text").getAsString()).isEqualTo("two\nlines \"quoted\"");
              assertThat(event.has("time")).isTrue();
            });
  }
}
