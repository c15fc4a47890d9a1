// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.data;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.api.Data;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** All of MNIST, for the tests that can do with it and need not run without. */
final class FullMnist {

  private FullMnist() {}

  /** Reads it, or skips the test. */
  static Data load() throws IOException {
    Optional<Path> folder =
        Stream.of(System.getenv("ESPALIER_DATA"), "../../shared/data", "../../../shared/data")
            .filter(Objects::nonNull)
            .map(data -> Path.of(data, "mnist"))
            .filter(Files::isDirectory)
            .findFirst();
    assumeTrue(
        folder.isPresent(),
        "skipped: set the environment variable ESPALIER_DATA to a folder with mnist/ in it");
    return new Mnist(folder.map(Path::toString), PixelScale.STANDARD).load();
  }
}
