// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class SharedFileTest {

  private static final Path FILE = Path.of("store/ab/cd");

  private static IOException stale() {
    return new FileSystemException(FILE.toString(), null, "Stale file handle");
  }

  private static SharedFile.Reading failing(IOException... failures) {
    Queue<IOException> left = new ArrayDeque<>(List.of(failures));
    return file -> {
      if (!left.isEmpty()) {
        throw left.remove();
      }
      return new byte[] {7};
    };
  }

  @Test
  void aStaleHandleMeansToLookAgain() throws IOException {
    assertThat(SharedFile.read(FILE, failing(stale())).orElseThrow()).containsExactly(7);
    assertThat(SharedFile.read(FILE, failing(stale(), stale())).orElseThrow()).containsExactly(7);
    assertThat(SharedFile.read(FILE, failing(stale(), new NoSuchFileException("cd")))).isEmpty();
    assertThat(SharedFile.read(FILE, failing(stale(), stale(), stale())))
        .as("it is gone")
        .isEmpty();
  }

  @Test
  void otherFailuresAreFailures() {
    IOException full = new FileSystemException(FILE.toString(), null, "Input/output error");
    assertThatThrownBy(() -> SharedFile.read(FILE, failing(full))).isSameAs(full);
  }
}
