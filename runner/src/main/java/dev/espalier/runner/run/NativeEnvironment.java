// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The environment of this process that native libraries read. Java only has a copy of it, which
 * cannot be changed and which other processes inherit.
 */
final class NativeEnvironment {

  private static final Logger LOG = LoggerFactory.getLogger(NativeEnvironment.class);

  /** The variable that says how threads of OpenMP wait. */
  static final String WAIT_POLICY = "OMP_WAIT_POLICY";

  private static boolean isTried;

  private NativeEnvironment() {}

  /**
   * Lets the threads of an operation sleep while they wait for each other, unless the user has
   * chosen. Otherwise they spin, and next to other work most of that time is lost. OpenMP reads the
   * variable when PyTorch loads it, so a later call has no effect. Results do not depend on it.
   * Only Linux is supported: elsewhere PyTorch has another OpenMP.
   */
  static synchronized void waitWithoutSpinning() {
    if (isTried || !Platform.isLinux()) {
      return;
    }
    isTried = true;
    try {
      boolean overwrite = false;
      call("setenv").invokeInt(new Object[] {WAIT_POLICY, "passive", overwrite ? 1 : 0});
    } catch (LinkageError e) {
      LOG.warn(
          "The environment cannot be changed ({}), so that threads spin while they wait. Set"
              + " {}=passive before the start",
          e.getMessage(),
          WAIT_POLICY);
    }
  }

  /** The value of a variable; null without one. */
  static String get(String name) {
    return call("getenv").invokeString(new Object[] {name}, false);
  }

  private static Function call(String function) {
    return NativeLibrary.getProcess().getFunction(function);
  }
}
