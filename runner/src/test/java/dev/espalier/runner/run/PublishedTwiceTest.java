// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.Catalog;
import dev.espalier.api.Control;
import dev.espalier.api.Method;
import dev.espalier.api.Plugin;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trial;
import dev.espalier.api.settings.Setting;
import dev.espalier.runner.plugin.PluginProblem;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A network of one branch and round counts once, so n is the number of different replicates. */
class PublishedTwiceTest {

  /** Publishes the dense network in rounds that the settings name. */
  public static final class Rounds implements Method {

    /** The settings. */
    public record Settings(@Setting("the second round") int second) {}

    private final Settings settings;

    /** With its settings. */
    @Inject
    public Rounds(Settings settings) {
      this.settings = settings;
    }

    @Override
    public void run(Trial trial) {
      for (int round : new int[] {1, settings.second()}) {
        trial.publish(trial.ticket(round, trial.dense(), trial.initial(), trial.plan()));
      }
    }
  }

  /** A control with the branch and the round of the method's ticket. */
  public record Copy() implements Control {
    @Override
    public Optional<Ticket> ofReplicate(Optional<Ticket> first, Trial trial) {
      return first;
    }
  }

  private static final class Methods implements Plugin {
    @Override
    public void contribute(Catalog catalog) {
      catalog.method("rounds", Rounds.class, Rounds.Settings.class).summary("Trains twice");
      catalog.add(Control.class, "copy", Copy.class).summary("Publishes the ticket again");
    }
  }

  @TempDir private Path root;

  private static String[] sets(int second, String controls) {
    return new String[] {
      "method=null", "method={ id = rounds, second = " + second + " }", "controls=" + controls
    };
  }

  @Test
  void aMethodThatPublishesARoundTwiceIsNamedWithTheRound() throws IOException {
    Runs runs = new Runs(root, new Methods());
    assertThatThrownBy(() -> runs.run(sets(1, "[]")))
        .isInstanceOf(PluginProblem.class)
        .hasMessage(
            "method rounds: found a second network of branch ticket and round 1 in replicate 0,"
                + " allowed is one of each branch and round. Its author must give each another"
                + " branch or round");
    assertThat(Runs.column(runs.folder(sets(1, "[]")), "n")).containsExactly("1");
  }

  @Test
  void aControlWithTheBranchOfAnotherNetworkIsNamed() {
    Runs runs = new Runs(root, new Methods());
    assertThatThrownBy(() -> runs.run(sets(2, "[copy]")))
        .isInstanceOf(PluginProblem.class)
        .hasMessageContaining("found a second network of branch ticket and round 1");
  }

  @Test
  void differentRoundsAreDifferentNetworks() throws IOException {
    Runs runs = new Runs(root, new Methods());
    assertThat(Runs.column(runs.run(sets(2, "[]")), "n")).containsExactly("1", "1");
  }
}
