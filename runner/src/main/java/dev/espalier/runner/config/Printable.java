// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import java.util.Collection;
import java.util.stream.Collectors;

/** Text of a file in a form that a terminal can show. */
final class Printable {

  /** The longest value in a message, in characters. */
  private static final int VALUE = 200;

  /** The longest message, in characters. */
  private static final int MESSAGE = 4000;

  /** The largest number of names in a message. */
  private static final int NAMES = 12;

  private Printable() {}

  /** Joins names; of many the first ones and the number of the others. */
  static String some(Collection<String> names) {
    return names.size() <= NAMES
        ? String.join(", ", names)
        : names.stream().limit(NAMES / 2).collect(Collectors.joining(", "))
            + " and "
            + (names.size() - NAMES / 2)
            + " more";
  }

  /** Escapes control characters, which a terminal would obey, and cuts long messages. */
  static String of(String message) {
    StringBuilder text = new StringBuilder();
    cut(message, MESSAGE)
        .codePoints()
        .forEach(
            c -> {
              if (Character.isISOControl(c)
                  || Character.getType(c) == Character.FORMAT
                  || Character.getType(c) == Character.LINE_SEPARATOR
                  || Character.getType(c) == Character.PARAGRAPH_SEPARATOR) {
                text.append(c == '\n' ? "\\n" : String.format("\\u%04x", c));
              } else {
                text.appendCodePoint(c);
              }
            });
    return text.toString();
  }

  /** Cuts a long value, and names its length. */
  static String cut(String value) {
    return cut(value, VALUE);
  }

  private static String cut(String text, int length) {
    return text.length() <= length
        ? text
        : text.substring(0, length) + "... (" + text.length() + " characters)";
  }
}
