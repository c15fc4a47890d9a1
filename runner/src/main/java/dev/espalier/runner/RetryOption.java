// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.config.ConfigProblem;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import picocli.CommandLine.Option;

/** The option of commands that compute steps, to repeat those that failed. */
final class RetryOption {

  private static final String NOW = "now";

  @Option(
      names = "--retry-failed",
      paramLabel = "<time>",
      arity = "0..1",
      fallbackValue = NOW,
      description =
          "computes steps again that have failed, such as a training whose loss was not a number;"
              + " those that failed before a time, now by default")
  private String retry;

  /** The time before which failures are forgotten. */
  Instant before() {
    if (retry == null) {
      return Instant.EPOCH;
    }
    try {
      return retry.equals(NOW) ? Instant.now() : Instant.parse(retry);
    } catch (DateTimeParseException e) {
      throw ConfigProblem.of(
          List.of(new Refusal("--retry-failed", retry, "a time, such as 2026-01-31T12:00:00Z")));
    }
  }

  /** The same option for a worker, if it was given. */
  List<String> options() {
    return retry == null ? List.of() : List.of("--retry-failed=" + before());
  }
}
