// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.runner.store.Claims;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Thrown if another process holds a run, a worker's folder or a step. */
public final class RunHeld extends RuntimeException {

  private static final long serialVersionUID = 1;

  /**
   * Claims what this process needs alone.
   *
   * @param file the claim
   * @param what what it stands for
   * @throws RunHeld if another process holds it
   */
  static Claims.Claim claim(Path file, String what) throws IOException {
    Claims claims = Claims.ofProcess();
    Optional<Claims.Claim> claim = claims.watch(file);
    if (claim.isEmpty()) {
      throw new RunHeld(what, claims.holder(file).orElse("another process"));
    }
    return claim.get();
  }

  /**
   * Creates an exception.
   *
   * @param what what is held
   * @param holder the process
   */
  RunHeld(String what, String holder) {
    super(what + " is held by " + holder + "; wait for it, or stop it and start again");
  }
}
