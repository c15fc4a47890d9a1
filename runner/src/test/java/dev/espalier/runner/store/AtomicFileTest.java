// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
  void namesTheFileThatCannotBeWritten() throws IOException {
    Path inTheWay = Files.createFile(folder.resolve("a"));
    Path file = inTheWay.resolve("c.txt");
    assertThatThrownBy(() -> AtomicFile.write(file, "text"))
        .isInstanceOf(NotWritten.class)
        .hasMessage("cannot write " + file + ": there is a file in place of a folder");
    Path full = Path.of("/dev/full");
    assertThat(new NotWritten(full, writeTo(full)))
        .hasMessage("cannot write /dev/full: No space left on device");
    assertThat(files(folder)).containsExactly(inTheWay);
  }

  @Test
  void aNameWithoutFolderIsAFileOfTheCurrentOne() throws IOException {
    Path file = Path.of("name-without-folder-" + folder.getFileName() + ".txt");
    try {
      AtomicFile.write(file, "text");
      assertThat(file).hasContent("text");
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static IOException writeTo(Path file) {
    return catchThrowableOfType(IOException.class, () -> Files.writeString(file, "text"));
  }

  @Test
  void whatTheContentFailsByIsNotTheFilesFault() throws IOException {
    IOException own = new IOException("no such image");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    folder.resolve("c.txt"),
                    out -> {
                      throw own;
                    }))
        .isSameAs(own);
  }

  @Test
  void triesAFolderAndLeavesNothingBehind() throws IOException {
    AtomicFile.check(folder);
    AtomicFile.check(folder.resolve("not/there/yet"));
    assertThat(files(folder)).isEmpty();
    Path file = Files.createFile(folder.resolve("a"));
    for (Path in : List.of(file, file.resolve("b/c"), Path.of("/proc/self/a/b"))) {
      assertThatThrownBy(() -> AtomicFile.check(in))
          .isInstanceOf(NotWritten.class)
          .hasMessageStartingWith("cannot write " + in + ": ")
          .hasMessageNotContaining("Exception");
    }
    Path nowhere = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nowhere"));
    assertThatThrownBy(() -> AtomicFile.check(nowhere)).isInstanceOf(NotWritten.class);
    assertThat(files(folder)).containsExactlyInAnyOrder(file, nowhere);
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
