// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.Catalog;
import dev.espalier.api.Method;
import dev.espalier.api.Plugin;
import dev.espalier.api.Trial;
import dev.espalier.api.settings.Setting;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tables of a run that ends early have every ticket with a record. */
class EarlyEndTest {

  /** Publishes two rounds of the initial weights, and then ends the run. */
  public static final class Ends implements Method {

    /** The settings. */
    public record Settings(@Setting("whether a user interrupts the run") boolean interrupted) {}

    private final Settings settings;
    private int calls;

    /** With its settings. */
    @Inject
    public Ends(Settings settings) {
      this.settings = settings;
    }

    @Override
    public void run(Trial trial) {
      for (int round = 1; round <= 2; round++) {
        trial.publish(trial.ticket(round, trial.dense(), trial.initial(), trial.plan()));
      }
      calls++;
      if (!settings.interrupted()) {
        throw new IllegalStateException("a fault of the method");
      }
      if (calls > 1) { // the first call counts trainings for the progress
        throw new Interruption.Interrupted();
      }
    }
  }

  private static final class Methods implements Plugin {
    @Override
    public void contribute(Catalog catalog) {
      catalog.method("ends", Ends.class, Ends.Settings.class).summary("Ends early");
    }
  }

  @TempDir private Path root;

  private void assertTwoRows(boolean isInterrupted, String reason) throws IOException {
    Runs runs = new Runs(root, new Methods());
    String[] sets = {"method=null", "method={ id = ends, interrupted = " + isInterrupted + " }"};
    assertThatThrownBy(() -> runs.run(sets)).hasMessageContaining(reason);
    Path run = runs.folder(sets);
    assertThat(Runs.column(run, "round")).containsExactly("1", "2");
    for (String table : new String[] {"verdicts.csv", "ledger.csv"}) {
      assertThat(run.resolve(table)).exists();
    }
  }

  @Test
  void anInterruptedRunWritesTheTicketsSinceTheLastWrite() throws IOException {
    assertTwoRows(true, "start the same command again");
  }

  @Test
  void aRunThatEndsWithAFaultWritesTheTicketsSinceTheLastWrite() throws IOException {
    assertTwoRows(false, "a fault of the method");
  }
}
