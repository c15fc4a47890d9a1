// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.cluster;

/** Text of a shell. */
final class Shell {

  /** Text that needs no quotes. */
  static final String PLAIN = "[A-Za-z0-9_./:=@%+,-]+";

  private Shell() {}

  /** Quotes an argument, so that a shell changes nothing in it. */
  static String quote(String argument) {
    return argument.matches(PLAIN) ? argument : "'" + argument.replace("'", "'\\''") + "'";
  }
}
