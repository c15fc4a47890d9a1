// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.plugin;

/** Thrown for plugins that contradict each other or the rules. */
public final class PluginProblem extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** Creates a problem that names the plugin's jar or class, and the remedy. */
  public PluginProblem(String message) {
    super(message);
  }
}
