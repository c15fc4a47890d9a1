// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apiguardian.api.API;

/**
 * Builder of the values that a method reports with a ticket, in the order they are added. Numbers
 * have Java's format, without rounding.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Findings {

  private final Map<String, String> values = new LinkedHashMap<>();

  /** Creates an empty builder. */
  public Findings() {}

  /**
   * Adds a text.
   *
   * @param name lower-case words with hyphens
   * @param text its value
   * @return this
   */
  public Findings add(String name, String text) {
    values.put(name, text);
    return this;
  }

  /**
   * Adds a whole number.
   *
   * @param name lower-case words with hyphens
   * @param number its value
   * @return this
   */
  public Findings add(String name, long number) {
    return add(name, Long.toString(number));
  }

  /**
   * Adds a number of float32.
   *
   * @param name lower-case words with hyphens
   * @param number its value
   * @return this
   */
  public Findings add(String name, float number) {
    return add(name, Float.toString(number));
  }

  /**
   * Adds a number of float64.
   *
   * @param name lower-case words with hyphens
   * @param number its value
   * @return this
   */
  public Findings add(String name, double number) {
    return add(name, Double.toString(number));
  }

  /**
   * Adds a list of numbers, separated by spaces, such as the points of a {@link
   * Catalog.Entry#curve}.
   *
   * @param name lower-case words with hyphens
   * @param numbers its values
   * @return this
   */
  public Findings add(String name, List<Double> numbers) {
    return add(name, numbers.stream().map(String::valueOf).collect(Collectors.joining(" ")));
  }

  /**
   * Adds formatted values.
   *
   * @param findings values by name
   * @return this
   */
  public Findings addAll(Map<String, String> findings) {
    values.putAll(findings);
    return this;
  }

  /**
   * Returns the values, for {@link Ticket#withFindings}.
   *
   * @return an unmodifiable view, by name
   */
  public Map<String, String> map() {
    return Collections.unmodifiableMap(values);
  }
}
