// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import java.util.Locale;
import java.util.regex.Pattern;
import org.apiguardian.api.API;

/** Names in configurations and files: lower-case words joined by hyphens. */
@API(status = API.Status.STABLE, since = "0.1")
public final class Names {

  /** A regular expression for ids, branches and keys of findings. */
  public static final String PATTERN = "[a-z0-9]+(-[a-z0-9]+)*";

  private static final Pattern CASE = Pattern.compile("([a-z0-9])([A-Z])");

  private Names() {}

  /**
   * Returns the configuration key of a record component.
   *
   * @param component its name, such as {@code rewindTo}
   * @return the key, such as {@code rewind-to}
   */
  public static String key(String component) {
    return CASE.matcher(component).replaceAll("$1-$2").toLowerCase(Locale.ROOT);
  }

  /**
   * Returns the word for an enum constant in a configuration.
   *
   * @param constant the constant, such as {@code BATCH_NORM}
   * @return the word, such as {@code batch-norm}
   */
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
