// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.api.data.Data;
import dev.espalier.api.data.Prepared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Data sets too large to be bundled, for the tests that can do with them and need not run without.
 */
final class Shared {

  private Shared() {}

  /** Finds the folder of one, or skips the test. */
  static Path folder(String name) {
    Optional<Path> folder =
        Stream.of(System.getenv("ESPALIER_DATA"), "../../shared/data", "../../../shared/data")
            .filter(Objects::nonNull)
            .map(data -> Path.of(data, name))
            .filter(Files::isDirectory)
            .findFirst();
    assumeTrue(
        folder.isPresent(),
        "skipped: set the environment variable ESPALIER_DATA to a folder with " + name + "/ in it");
    return folder.get();
  }

  /** All of MNIST. */
  static Data mnist() throws IOException {
    String folder = folder("mnist").toString();
    return new Mnist(Optional.of(folder), PixelScale.STANDARD, Optional.empty())
        .load(Prepared.inMemory());
  }

  /** A part of CIFAR-10, as said in its folder: 10,000 training and 2,000 test images. */
  static Data cifar10(Cifar10Scale normalisation) throws IOException {
    String folder = folder("cifar10").toString();
    return new Cifar10(Optional.of(folder), normalisation, Optional.empty())
        .load(Prepared.inMemory());
  }
}
