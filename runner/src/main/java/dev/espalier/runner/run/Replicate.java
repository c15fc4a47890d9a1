// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Control;
import dev.espalier.api.Method;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trial;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.results.Account;
import java.util.Optional;
import java.util.Set;

/** One replicate of an experiment: its trial, and the tickets and controls that it publishes. */
final class Replicate implements Trial.Publisher {

  /** Receives tickets and controls. */
  @FunctionalInterface
  interface Tickets {
    void take(
        Network network, Ticket ticket, Account account, Ledger.Timing timing, boolean isControl);
  }

  private final RunContext run;
  private final Tickets tickets;
  private final Ledger ledger = new Ledger();
  private final RememberedSteps steps;
  private final CollapsePolicy collapse;
  private final Trial trial;
  private boolean hasControls;

  /**
   * Creates a replicate.
   *
   * @param label its name on screen
   * @param tickets receives every ticket and control
   */
  Replicate(RunContext run, Seed seed, String label, Tickets tickets) {
    this.run = run;
    this.tickets = tickets;
    steps = new RememberedSteps(run, label, ledger);
    collapse = new CollapsePolicy(run, label, seed.replicate());
    trial = trial(seed, steps);
  }

  /**
   * Creates a replicate whose steps are computed in another way, and are not remembered.
   *
   * @param tickets receives every ticket and control
   * @param other computes the steps
   */
  Replicate(RunContext run, Seed seed, Tickets tickets, Trial.Steps other) {
    this.run = run;
    this.tickets = tickets;
    steps = new RememberedSteps(run, "", ledger);
    collapse = new CollapsePolicy(run, "", seed.replicate());
    trial = trial(seed, other);
  }

  private Trial trial(Seed seed, Trial.Steps computed) {
    Trial.Context context = new Trial.Context(run.network(), seed, Set.of());
    return new Trial(context, run.plan(), computed, this);
  }

  Trial trial() {
    return trial;
  }

  RememberedSteps steps() {
    return steps;
  }

  /**
   * Runs a method. Controls of the replicate are trained even if it ends without a ticket.
   *
   * @throws TrialFailed if the method fails
   * @throws CollapsePolicy.Stopped if the collapse policy ends the replicate
   */
  void run(Method method) {
    try {
      method.run(trial);
    } catch (TrialFailed | CollapsePolicy.Stopped e) {
      trainControls(Optional.empty());
      throw e;
    }
    trainControls(Optional.empty());
  }

  private void trainControls(Optional<Ticket> first) {
    if (!hasControls) {
      hasControls = true;
      for (Control control : run.experiment().controls()) {
        control.ofReplicate(first, trial).ifPresent(trained -> take(trained, trial, false));
      }
    }
  }

  /** Publishes a ticket, and trains its controls. */
  @Override
  public void publish(Ticket ticket, Trial publishing) {
    trainControls(Optional.of(ticket));
    take(ticket, publishing, false);
    if (ticket.branch().equals(Ticket.TICKET) && !ticket.mask().isDense()) {
      for (Control control : run.experiment().controls()) {
        control.ofTicket(ticket, publishing).ifPresent(trained -> take(trained, publishing, true));
      }
    }
    run.checkInterruption();
  }

  private void take(Ticket ticket, Trial publishing, boolean isControl) {
    Account account = ledger.account(ticket, publishing.context().origin());
    tickets.take(publishing.network(), ticket, account, ledger.timing(ticket), isControl);
  }

  @Override
  public void admit(Analysis analysis, Trial admitting) {
    collapse.admit(analysis);
  }
}
