// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.engine.TrainingListener;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.runner.BuiltIns;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.zoo.ZooPlugin;
import jakarta.inject.Inject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class BenchTest {

  private static final Device CPU = Device.cpu();

  private static final Registry METHODS =
      Registry.of(
          catalog -> {
            catalog.method("doubled", Doubled.class, Doubled.Settings.class);
            catalog.method("idle", Idle.class, Idle.Settings.class);
            catalog.method("picky", Picky.class, Idle.Settings.class);
          },
          new ZooPlugin(),
          new BuiltIns());

  private static final Bench.Effort LITTLE =
      new Bench.Effort(1, 2, 1, 1, 1, 300, 60, 1, 2, 2, 1, 1, 4, 30);

  private final StringWriter text = new StringWriter();

  private <T> T bench(Registry registry, Function<Bench, T> measure) {
    try (Bench bench = new Bench(LITTLE, CPU, registry, new PrintWriter(text))) {
      return measure.apply(bench);
    }
  }

  private void assertMeasured(Ratio ratio) {
    assertThat(ratio.min()).isPositive();
    assertThat(ratio.median()).isBetween(ratio.min(), ratio.max());
    assertThat(text.toString()).contains(ratio.name());
  }

  @Test
  void everyComparisonGivesARatioAndALine() {
    List<Ratio> ratios = bench(Registry.load(), Bench::steps);
    assertThat(ratios)
        .extracting(Ratio::name)
        .startsWith(
            "lenet-300-100, batch 60",
            "lenet-300-100, batch 60, masked",
            "lenet-300-100, batch 60, adam",
            "lenet-300-100, batch 60, adam, masked",
            "lenet-300-100, batch 128",
            "lenet-300-100, batch 128, masked",
            "conv-4, batch 60",
            "conv-4, batch 60, masked",
            "conv-4, batch 60, adam",
            "conv-4, batch 60, adam, masked",
            "transformer, batch 16",
            "transformer, batch 16, masked",
            "lstm, batch 16",
            "lstm, batch 16, masked",
            "lenet-300-100, epoch",
            "slots, k = 2",
            "slots, k = 8",
            "slots, k = 64",
            "slots, k = 8, values = per-layer",
            "slots, k = 8, selection = sampling",
            "slots, k = 8, selection = sampling, values = regenerated",
            "edge-popup, keep = 0.5",
            "slots, k = 8, values = per-connection, conv-4");
    assertThat(ratios).allSatisfy(this::assertMeasured);
    assertThat(ratios).filteredOn(ratio -> ratio.bound().isPresent()).hasSize(28);
    assertThat(bound(ratios, "slots, k = 8")).isEqualTo(1.6);
    assertThat(bound(ratios, "slots, k = 64")).isEqualTo(1.8);
    assertThat(bound(ratios, "slots, k = 8, values = per-connection, conv-4")).isEqualTo(1.2);
    assertThat(bound(ratios, "pruning-from-scratch, expansion = 1")).isEqualTo(1.15);
    assertThat(bound(ratios, "vgg-16, 0.50 of the MACs, forward")).isEqualTo(0.65);
    assertThat(bound(ratios, "vgg-16, 0.50 of the MACs, step")).isEqualTo(0.70);
    assertThat(bound(ratios, "vgg-16, 0.25 of the MACs, forward")).isEqualTo(0.40);
    assertThat(bound(ratios, "vgg-16, 0.25 of the MACs, step")).isEqualTo(0.45);
    assertThat(bound(ratios, "resnet-20, streamed")).isEqualTo(1.10);
    assertThat(bound(ratios, "resnet-18, 0.25 of the MACs, forward")).isEqualTo(0.40);
    assertThat(bound(ratios, "knowledge-evolution, generations = 2, split = kels")).isEqualTo(1.05);
    assertThat(bound(ratios, "rigl, densities = [0.1], every = 100")).isEqualTo(1.10);
    assertThat(bound(ratios, "gradual, densities = [0.1], every = 1 epoch, end = 4 epochs"))
        .isEqualTo(1.10);
  }

  private static double bound(List<Ratio> ratios, String name) {
    return ratios.stream()
        .filter(ratio -> ratio.name().equals(name))
        .findFirst()
        .orElseThrow()
        .bound()
        .orElseThrow();
  }

  @Test
  void aMethodIsMeasuredInANetworkOfOnesChoice() {
    List<String> given = List.of("{ id = pruning-from-scratch, expansion = 1 }");
    Optional<String> model = Optional.of("{ id = vgg-11, width = 2 }");
    List<Ratio> ratios = bench(Registry.load(), bench -> bench.steps(given, model));
    assertThat(ratios).hasSize(1).allSatisfy(this::assertMeasured);
    assertThatThrownBy(
            () -> bench(Registry.load(), bench -> bench.steps(given, Optional.of("vgg-1"))))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("--model vgg-1: models[0].id: found", "unknown model");
  }

  @Test
  void theDenseStepIsNotMeasuredUnderTheNameOfAMethod() {
    Optional<String> model = Optional.of("{ id = vgg-11, width = 2 }");
    for (String settings : List.of("expansion = 1, pre-training = 1", "expansion = 1.25")) {
      String method = "{ id = pruning-from-scratch, " + settings + " }";
      assertThatThrownBy(() -> bench(Registry.load(), bench -> bench.steps(List.of(method), model)))
          .isInstanceOf(ConfigProblem.class)
          .hasMessageContaining(method + ": found a first training of ")
          .hasMessageContaining(" may leave it out");
    }
  }

  @Test
  void theUsualMethodsAreMeasuredWhereTheyAreInstalled() {
    assumeThat(NativeMemory.here()).isPresent();
    List<Footprint> all = bench(Registry.load(), Bench::memory);
    assertThat(all)
        .extracting(Footprint::name)
        .contains("dense", "slots, k = 8, values = per-connection");
    assertThat(text.toString()).doesNotContain("not measured");
    List<Footprint> none = bench(Registry.of(new ZooPlugin(), new BuiltIns()), Bench::memory);
    assertThat(none).extracting(Footprint::name).containsExactly("dense");
    assertThat(text.toString()).contains("not measured: no plugin brings slots");
  }

  @Test
  void aMethodsStepIsComparedWithADenseOne() {
    List<String> given = List.of("{ id = doubled, factor = 3 }", " doubled");
    List<Ratio> ratios = bench(METHODS, bench -> bench.steps(given, Optional.empty()));
    assertThat(ratios)
        .extracting(Ratio::name)
        .containsExactly("{ id = doubled, factor = 3 }", "doubled");
    assertThat(ratios).allSatisfy(this::assertMeasured);
    assertThat(ratios).allSatisfy(ratio -> assertThat(ratio.bound()).isEmpty());
  }

  @Test
  void aMethodsMemoryStandsBesideThatOfDenseTraining() {
    List<Footprint> footprints = bench(METHODS, bench -> bench.memory(List.of("doubled")));
    if (NativeMemory.here().isEmpty()) {
      assertThat(footprints).isEmpty();
      assertThat(text.toString()).contains("not measured on this system");
      return;
    }
    assertThat(footprints).extracting(Footprint::name).containsExactly("dense", "doubled");
    assertThat(footprints).allSatisfy(footprint -> assertThat(footprint.side()).isEqualTo(30));
    assertThat(text.toString()).contains("30 x 30");
  }

  @Test
  void aMethodThatCannotBeMeasuredIsTheUsersMistake() {
    assertThatThrownBy(
            () -> bench(METHODS, bench -> bench.steps(List.of("dobled"), Optional.empty())))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("--method dobled: methods[0].id: found", "unknown method")
        .hasMessageContaining("mean doubled?");
    assertThatThrownBy(() -> bench(METHODS, bench -> bench.memory(List.of("doubled, 3"))))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("{ id = imp, rounds = 3 }");
    assertThatThrownBy(
            () -> bench(METHODS, bench -> bench.steps(List.of("idle"), Optional.empty())))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("idle", "no step to measure");
    assertThatThrownBy(
            () -> bench(METHODS, bench -> bench.steps(List.of("picky"), Optional.empty())))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("picky", "lenet-300-100", "found no channels");
  }

  @Test
  void theBareLoopDoesTheWorkOfTheEngine() {
    theBareLoopDoesTheWorkOfTheEngine("lenet-300-100", Bench.digits(200, 1), 1e-7f);
  }

  @Test
  void theBareLoopDoesTheWorkOfTheEngineOnTokens() {
    theBareLoopDoesTheWorkOfTheEngine(
        "{ id = transformer, layers = 1, width = 8, heads = 2 }", Bench.tokens(200, 5), 1e-6f);
  }

  private static void theBareLoopDoesTheWorkOfTheEngine(String section, Data data, float bound) {
    Seed seed = new Seed(3, 0);
    Parametrization dense = Parametrization.dense();
    Plan plan = Plan.of(Bench.training(64, Span.iterations(9)), data.train().size());
    Model model = new ExperimentReader(Registry.load()).model(section);
    try (Network network = model.build(data.task());
        Network own = model.build(data.task());
        TrainingEngine engine = new TrainingEngine(network, data, CPU);
        Clock clock = new Clock(CPU)) {
      State start = network.initial(seed.stream("init", 0));
      Trained begin = Trained.begin(network, start, dense, 0);
      State trained = engine.train(seed, begin, dense, plan, TrainingListener.NONE).state();
      assertThat(trained).isNotEqualTo(start);
      try (BareLoop bare = new BareLoop(own, start, data, seed, 64, BareLoop::sgd, CPU)) {
        bare.steps(9, clock);
        bare.weights()
            .forEach(
                (name, weights) -> {
                  for (int i = 0; i < weights.length; i++) {
                    assertThat(weights[i])
                        .describedAs(name)
                        .isCloseTo(trained.get(name).get(i), within(bound));
                  }
                });
      }
    }
  }

  /** Sees the weights times a factor; measures first, as a method may. */
  public static final class Doubled implements Method {

    /** Its settings. */
    public record Settings(@Setting(value = "the factor", defaults = "2") double factor) {}

    private final Settings settings;

    @Inject
    Doubled(Settings settings) {
      this.settings = settings;
    }

    @Override
    public void run(Trial trial) {
      State start = trial.measure(trial.initial()).state();
      trial.train(start, new Times((float) settings.factor()), trial.plan());
      throw new AssertionError("the method went on");
    }
  }

  /** Trains nothing. */
  public static class Idle implements Method {

    /** Its settings. */
    public record Settings() {}

    @Inject
    Idle() {}

    @Override
    public void run(Trial trial) {}
  }

  /** Fits no network. */
  public static final class Picky extends Idle {

    @Inject
    Picky() {}

    @Override
    public void check(Network network, Data data, Plan plan, Refusals refusals) {
      refusals.add("id", "no channels", "a network with channels");
    }
  }

  private record Times(float factor) implements Parametrization {

    @Override
    public State variables(Network network, State start) {
      return Parametrization.dense().variables(network, start);
    }

    @Override
    public Parametrization.OnDevice on(Network network, State state, NDManager manager) {
      NDArray times = manager.create(factor);
      return new Parametrization.OnDevice() {
        @Override
        public Map<String, NDArray> forward(Map<String, NDArray> variables) {
          Map<String, NDArray> effective = new LinkedHashMap<>();
          variables.forEach((name, array) -> effective.put(name, array.mul(times)));
          return effective;
        }

        @Override
        public void pullback(
            Map<String, NDArray> variables,
            Map<String, NDArray> gradients,
            BiConsumer<String, NDArray> update) {
          gradients.forEach((name, gradient) -> update.accept(name, gradient.muli(times)));
        }
      };
    }
  }
}
