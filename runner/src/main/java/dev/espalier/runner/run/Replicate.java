// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.engine.EngineException;
import dev.espalier.api.Control;
import dev.espalier.api.Method;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trial;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.plugin.PluginProblem;
import dev.espalier.runner.results.Account;
import dev.espalier.runner.retrain.RetrainTickets;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One replicate of an experiment: its trial, and the tickets and controls that it publishes. */
final class Replicate implements Trial.Publisher {

  /** Receives tickets and controls. */
  @FunctionalInterface
  interface Tickets {
    void take(Network network, Ticket ticket, Account account, boolean isControl);

    /** Receives the ledger of the replicate before its tickets. */
    default void begin(Ledger ledger) {}
  }

  private final RunContext run;
  private final Tickets tickets;
  private final Ledger ledger = new Ledger();
  private final RememberedSteps steps;
  private final ReplicateTracking tracking;
  private final CollapsePolicy collapse;
  private final Trial trial;
  private final Set<Place> taken = new HashSet<>();
  private boolean hasControls;

  /** The name of a network in a replicate. */
  private record Place(int round, String branch) {}

  /**
   * Creates a replicate.
   *
   * @param context the network and the seeds
   * @param label its name on screen
   * @param tickets receives every ticket and control
   * @param tracking reports the replicate, and ends with it
   */
  Replicate(
      RunContext run,
      Trial.Context context,
      String label,
      Tickets tickets,
      ReplicateTracking tracking) {
    this(run, context, label, tickets, tracking, Optional.empty());
  }

  /**
   * Creates a replicate whose steps are computed in another way, and are not remembered.
   *
   * @param tickets receives every ticket and control
   * @param other computes the steps
   */
  Replicate(RunContext run, Trial.Context context, Tickets tickets, Trial.Steps other) {
    this(run, context, "", tickets, ReplicateTracking.none(), Optional.of(other));
  }

  private Replicate(
      RunContext run,
      Trial.Context context,
      String label,
      Tickets tickets,
      ReplicateTracking tracking,
      Optional<Trial.Steps> other) {
    this.run = run;
    this.tickets = tickets;
    this.tracking = tracking;
    steps = new RememberedSteps(run, label, ledger, tracking);
    tickets.begin(ledger);
    collapse = new CollapsePolicy(run, label, context.seed().replicate());
    trial = new Trial(context, run.plan(), other.orElse(steps), this).withStart(run.start());
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
    boolean isComplete = false;
    try {
      compute(method);
      isComplete = true;
    } finally {
      tracking.end(isComplete);
    }
  }

  private void compute(Method method) {
    if (method instanceof RetrainTickets earlier) {
      earlier.steps(trial.seed().replicate()).forEach(ledger::addRecorded);
    }
    try {
      method.run(trial);
    } catch (EngineException e) { // of arrays that the method itself made
      throw run.engine().failure(e);
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
        PluginFailed.nonNull("control", control, "ticket", control.ofReplicate(first, trial))
            .ifPresent(trained -> take(trained, trial, control, false));
      }
    }
  }

  /** Publishes a ticket, and trains its controls. */
  @Override
  public void publish(Ticket ticket, Trial publishing) {
    trainControls(Optional.of(ticket));
    refuseSecond(ticket, "method " + run.experiment().method().id());
    take(ticket, publishing, false);
    if (ticket.branch().equals(Ticket.TICKET) && !ticket.mask().isDense()) {
      for (Control control : run.experiment().controls()) {
        PluginFailed.nonNull("control", control, "ticket", control.ofTicket(ticket, publishing))
            .ifPresent(trained -> take(trained, publishing, control, true));
      }
    }
    run.checkInterruption();
  }

  private void take(Ticket ticket, Trial publishing, Control control, boolean isControl) {
    refuseSecond(ticket, "control " + ((Map<?, ?>) run.binder().write(control)).get("id"));
    take(ticket, publishing, isControl);
  }

  /** Refuses a network that would count as a further replicate of another one. */
  private void refuseSecond(Ticket ticket, String publisher) {
    if (!taken.add(new Place(ticket.round(), ticket.branch()))) {
      throw new PluginProblem(
          new Refusal(
                  publisher,
                  "a second network of branch "
                      + ticket.branch()
                      + " and round "
                      + ticket.round()
                      + " in replicate "
                      + trial.seed().replicate(),
                  "one of each branch and round",
                  "Its author must give each another branch or round")
              .toString());
    }
  }

  private void take(Ticket ticket, Trial publishing, boolean isControl) {
    Account account = ledger.account(ticket, publishing.context().origin());
    tickets.take(publishing.network(), ticket, account, isControl);
    tracking.ticket(publishing.network(), ticket, ledger.timing(ticket), isControl);
  }

  @Override
  public void admit(Analysis analysis, Trial admitting) {
    collapse.admit(analysis);
  }
}
