// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import com.typesafe.config.ConfigOrigin;
import java.nio.file.Path;

/** The file and the line of a value. */
final class Place {

  /** The prefix of the origin of an assignment on the command line. */
  static final String SET = "--set ";

  private Place() {}

  /** The line, or -1 if it has no meaning. */
  static int line(ConfigOrigin origin) {
    return origin.filename() == null && origin.description().startsWith("--")
        ? -1
        : origin.lineNumber();
  }

  /**
   * The file's name, relative to the working folder if it is inside, or the name of another origin.
   */
  static String file(ConfigOrigin origin) {
    if (origin.filename() == null) {
      return origin.resource() != null
          ? origin.resource()
          : origin.description().replaceFirst(": \\d+$", "");
    }
    Path file = Path.of(origin.filename()).toAbsolutePath().normalize();
    Path here = Path.of("").toAbsolutePath();
    return file.startsWith(here) ? here.relativize(file).toString() : file.toString();
  }
}
