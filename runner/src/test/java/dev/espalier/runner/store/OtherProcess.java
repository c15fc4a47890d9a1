// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;

/** A process on another machine that holds a claim, for tests. */
public final class OtherProcess implements AutoCloseable {

  private final Claims.Claim claim;

  /** Claims a file, which must be free. */
  public OtherProcess(Path file) throws IOException {
    Holder holder = new Holder("elsewhere", "boot", 1, "2026-01-01T00:00:00Z", "other");
    claim = new Claims(holder, Claims.LEASE, System::nanoTime).claim(file).orElseThrow();
  }

  /** Leaves a claim of a process of this machine that has ended. */
  public static void dies(Path file) throws IOException, InterruptedException {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    Holder self = Holder.self();
    Holder dead = new Holder(self.host(), self.system(), ended.pid(), self.since(), "dead");
    assertThat(new Claims(dead, Claims.LEASE, System::nanoTime).claim(file)).isPresent();
  }

  @Override
  public void close() {
    claim.close();
  }
}
