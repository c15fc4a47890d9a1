// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.EpochMonitor;
import dev.espalier.api.MaskHistory;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.engine.TrainingListener;
import dev.espalier.api.state.Digest;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.Account;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.results.Spent;
import dev.espalier.runner.store.Codec;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trainings whose mask moves, in the store, the ledger and the plan of a run. */
class MovingMaskRunTest {

  /** Of the tiny network: 784 x 16 and 16 x 10. */
  private static final long MACS = 12_704;

  /** Updates before iterations 10 and 20 of 40; T_end is 30. */
  private static final String[] RIGL = {
    "method=null", "method={ id = rigl, densities = [0.2], every = 10 }"
  };

  /** Prunings before iterations 10, 20 and 30. */
  private static final String[] GRADUAL = {
    "method=null", "method={ id = gradual, densities = [0.2], every = 10, end = 30 }"
  };

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void empty() {
    runs = new Runs(root);
  }

  private Spent training(String... sets) {
    Account account = RecordedRun.at(runs.run(sets)).tickets().get(0).row().account();
    assertThat(account.finding()).isEmpty();
    return Account.sum(account.training());
  }

  @Test
  void gradualPruningCostsEachStretchUnderItsMask() {
    // 200 examples each with all weights and with 5482 + 70, 2880 + 37 and 2509 + 32 of them
    assertThat(training(GRADUAL))
        .returns(800L, Spent::examples)
        .returns(3 * 800 * MACS, Spent::macs)
        .returns(3 * 200 * (MACS + 5552 + 2917 + 2541), Spent::effectiveMacs);
  }

  /** The gradient with respect to all weights is as costly as a dense pass. */
  @Test
  void riglCostsTheSparseTrainingAndTwoDenseGradients() {
    long n = 2461 + 80;
    assertThat(training(RIGL))
        .returns(800L + 40, Spent::examples)
        .returns(3 * 840 * MACS, Spent::macs)
        .returns(3 * 800 * n + 40 * (2 * n + MACS), Spent::effectiveMacs);
  }

  @Test
  void theSecondRunFindsTheTrainingInTheStore() throws IOException {
    Path first = runs.run(RIGL);
    assertThat(Runs.found(first)).containsExactly(false);
    String results = Runs.results(first);
    assertThat(Runs.found(runs.run(RIGL))).containsExactly(true);
    assertThat(Runs.results(first)).isEqualTo(results);
  }

  @Test
  void anEntryIsAsLargeAsThatOfOneTraining() throws IOException {
    runs.run(RIGL);
    List<Path> store = Runs.files(root.resolve("store"));
    assertThat(store).hasSize(1);
    Runs masked = new Runs(root.resolve("masked"));
    masked.run(
        "method=null", "method={ id = prune-at-init, criterion = magnitude, densities = [0.2] }");
    long training =
        Runs.files(root.resolve("masked/store")).stream()
            .mapToLong(file -> file.toFile().length())
            .max()
            .orElseThrow();
    assertThat(Files.size(store.get(0))).isBetween(training, training + MACS / 8 + 2_000);
  }

  @Test
  void theTrainingsOfARunAreKnownBeforeItBegins() {
    String[] sets = {
      "controls=[reinit]",
      "method=null",
      "method={ id = gradual, densities = [0.5, 0.2], every = 10, end = 30 }"
    };
    List<String> names = new ArrayList<>();
    in(
        root,
        sets,
        (context, run) ->
            TrainingPlan.of(run, context.replicate(0), context.method())
                .orElseThrow()
                .trainings()
                .forEach(training -> names.add(training.name())));
    assertThat(names).containsExactly("round 1", "round 1, reinit", "round 2", "round 2, reinit");
  }

  @Test
  void anAnalysisSaysThatItsMasksDependOnTraining() {
    runs.analyse(RIGL);
    assertThat(runs.screen()).contains("all further masks depend on training");
  }

  /** Within a stretch, and exactly at an update. */
  @Test
  void aTrainingIsResumedFromACheckpointBitForBit() throws IOException {
    Path run = runs.run(RIGL);
    Digest key = new Digest(Runs.events(run, "train").get(0).get("key").getAsString());
    Map<Long, Trained> checkpoints = new LinkedHashMap<>();
    List<Trained> whole = new ArrayList<>();
    in(
        root,
        RIGL,
        (context, shared) -> {
          Call call = call(context, shared);
          whole.add(train(shared, call));
          TrainingListener all =
              new TrainingListener() {
                @Override
                public boolean step(long iteration) {
                  return true;
                }

                @Override
                public void checkpoint(Trained sofar) {
                  checkpoints.put(sofar.iteration(), sofar);
                }
              };
          shared
              .engine()
              .train(
                  context.replicate(0).order(),
                  call.start(),
                  call.parametrization(),
                  call.plan(),
                  all);
        });
    assertThat(checkpoints).containsKeys(7L, 20L, 23L);
    assertThat(whole.get(0).memory(MaskHistory.class).orElseThrow().stretches()).hasSize(3);
    for (long at : List.of(7L, 20L, 23L)) {
      in(
          root.resolve("resumed-" + at),
          RIGL,
          (context, shared) -> {
            try {
              Map<String, String> seconds = Map.of("seconds", "1000");
              shared.store().saveCheckpoint(key, Codec.encode(checkpoints.get(at), seconds));
              assertThat(train(shared, call(context, shared))).isEqualTo(whole.get(0));
              Spent spent = Spent.of(shared.store().find(key).orElseThrow().metadata());
              assertThat(spent.seconds()).as("from the checkpoint").isGreaterThan(1000);
              assertThat(spent.examples()).isEqualTo(840);
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
    }
  }

  @Test
  void aTrainingInTwoStepsCostsAsMuchAsInOne() {
    in(
        root,
        RIGL,
        (context, shared) -> {
          Call call = call(context, shared);
          RememberedSteps steps = new RememberedSteps(shared, "", new Ledger());
          Trained trained = call.start();
          List<Spent> spent = new ArrayList<>();
          for (Plan plan : List.of(call.plan().until(15), call.plan().from(15))) {
            trained =
                steps.train(
                    call.context(), trained, call.parametrization(), plan, EpochMonitor.none());
            Digest key = trained.state().origin().iterator().next();
            try {
              spent.add(Spent.of(shared.store().find(key).orElseThrow().metadata()));
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          }
          assertThat(spent).extracting(Spent::examples).containsExactly(300L + 20, 500L + 20);
          assertThat(trained.state()).isEqualTo(train(shared, call).state());
        });
  }

  /** A call of {@link Trial.Steps#train}. */
  private record Call(
      Trial.Context context, Trained start, Parametrization parametrization, Plan plan) {}

  /** Returns the first training that a method asks for. */
  private static Call call(ExperimentContext context, RunContext run) {
    List<Call> calls = new ArrayList<>();
    UntrainedSteps.KnownTrainings none =
        (of, start, parametrization, plan, monitor) -> {
          calls.add(new Call(of, start, parametrization, plan));
          return false;
        };
    RememberedSteps steps = new RememberedSteps(run, "", new Ledger());
    UntrainedSteps.run(run, context.replicate(0), steps, none, context.method(), ticket -> {});
    return calls.get(0);
  }

  private static Trained train(RunContext run, Call call) {
    return new RememberedSteps(run, "", new Ledger())
        .train(
            call.context(), call.start(), call.parametrization(), call.plan(), EpochMonitor.none());
  }

  /** Work on the objects of a run. */
  private interface Work {
    void work(ExperimentContext context, RunContext run);
  }

  private void in(Path folder, String[] sets, Work work) {
    Sweep sweep = runs.experiment(sets);
    Progress progress = new Progress(new Screen(new PrintWriter(new StringWriter())));
    try (Interruption interruption = new Interruption();
        ExperimentContext context =
            new ContextLoader(Registry.load(), folder)
                .open(sweep, sweep.variants().keySet().iterator().next())) {
      work.work(context, context.shared(EventLog.NONE, progress, interruption));
    }
  }
}
