// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.cluster;

import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.Setting;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.SiteFile;
import dev.espalier.runner.plugin.Registry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A site file.
 *
 * @param cluster its only section
 */
public record ClusterFile(@Setting("where and how workers start") ClusterSettings cluster) {

  /** The name of a site file. */
  static final String NAME = "cluster.conf";

  /**
   * Reads the settings of this site: of the given file, of {@code cluster.conf} in the current
   * folder, or of that in {@code ~/.config/espalier}. Without a file they are the defaults.
   *
   * @param given the file of the command line, if any
   * @throws ConfigProblem naming all problems of the file
   */
  public static ClusterSettings settings(Optional<Path> given, Registry registry) {
    if (given.isPresent() && !Files.isReadable(given.get())) {
      throw ConfigProblem.of(
          List.of(
              new Refusal(
                  "--cluster",
                  given.get() + ", which is not there or cannot be read",
                  "a file such as " + NAME,
                  "'espalier describe cluster' names its keys")));
    }
    return given
        .or(() -> places().filter(Files::isRegularFile).findFirst())
        .map(file -> SiteFile.read(file, ClusterFile.class, registry).cluster())
        .orElseGet(ClusterSettings::defaults);
  }

  private static Stream<Path> places() {
    return Stream.of(
        Path.of(NAME), Path.of(System.getProperty("user.home"), ".config", "espalier", NAME));
  }
}
