// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {

  @TempDir private Path folder;

  private static void fail(Path file) {
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      out.write(new byte[1 << 20]);
                      throw new IOException("the disk is full");
                    }))
        .hasMessage("the disk is full");
  }

  private static Stream<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList().stream();
    }
  }

  @Test
  void makesTheFoldersItNeeds() throws IOException {
    Path file = folder.resolve("a/b/c.txt");
    AtomicFile.write(file, "h\u00e9llo");
    assertThat(file).hasContent("h\u00e9llo");
    assertThat(files(file.getParent())).containsExactly(file);
  }

  @Test
  void replacesWhatIsThere() throws IOException {
    Path file = folder.resolve("c.txt");
    AtomicFile.write(file, "a long first version");
    AtomicFile.write(file, "second");
    assertThat(file).hasContent("second");
    assertThat(files(folder)).containsExactly(file);
  }

  @Test
  void leavesNothingBehindWhenWritingFails() throws IOException {
    fail(folder.resolve("c.txt"));
    assertThat(files(folder)).isEmpty();
  }

  @Test
  void keepsTheFileThereWasWhenWritingFails() throws IOException {
    Path file = folder.resolve("c.txt");
    AtomicFile.write(file, "first");
    fail(file);
    assertThat(file).hasContent("first");
    assertThat(files(folder)).containsExactly(file);
  }
}
