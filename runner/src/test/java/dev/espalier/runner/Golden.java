// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Files that pin a format, in {@code src/test/resources/golden}. To write them again, run the test
 * with {@code -Dgolden.write=true} and look at the difference.
 */
public final class Golden {

  private static final Path FOLDER = Path.of("src/test/resources/golden");

  private Golden() {}

  /** The bytes of a golden file. */
  public static byte[] read(String name) throws IOException {
    return Files.readAllBytes(FOLDER.resolve(name));
  }

  /** Compares bytes with a golden file. */
  public static void check(String name, byte[] found) throws IOException {
    if (Boolean.getBoolean("golden.write")) {
      Files.createDirectories(FOLDER);
      Files.write(FOLDER.resolve(name), found);
    }
    assertThat(new String(found, UTF_8)).isEqualTo(new String(read(name), UTF_8));
    assertThat(found).isEqualTo(read(name));
  }
}
