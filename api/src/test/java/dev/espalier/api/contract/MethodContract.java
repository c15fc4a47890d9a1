// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.espalier.api.Catalog;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Plugin;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules for every {@link Method}; extend it in a plugin's tests. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class MethodContract {

  private static final Seed SEED = new Seed(3, 1);

  private static final Data DATA = TinyProblem.data(100, 30, 30);

  private Network network;
  private List<Ticket> tickets;

  /** For subclasses. */
  protected MethodContract() {}

  /**
   * Creates the method under test, with equal settings in every call.
   *
   * @return a new instance
   */
  protected abstract Method method();

  /**
   * Creates the plugin that registers the method.
   *
   * @return a new instance
   */
  protected abstract Plugin plugin();

  /**
   * Builds a network that the method accepts.
   *
   * @return a network for the images of {@link TinyProblem}; the contract closes it
   */
  protected Network network() {
    return TinyProblem.convolutional();
  }

  /**
   * The training of every trial.
   *
   * @return eight epochs of five iterations at learning rate 0.05
   */
  protected Training training() {
    return training(0.05);
  }

  /**
   * The usual training at another learning rate.
   *
   * @param learningRate the rate of gradient descent with momentum 0.9
   * @return eight epochs of five iterations
   */
  protected static Training training(double learningRate) {
    return new Training(
        new Sgd(learningRate, 0.9, false, 1e-4, List.of()),
        new Constant(),
        Span.iterations(0),
        20,
        Span.epochs(8),
        Span.epochs(4));
  }

  @BeforeAll
  void runOnce() {
    network = network();
    tickets = tickets(method(), SEED);
  }

  @AfterAll
  void close() {
    network.close();
  }

  private List<Ticket> tickets(Method method, Seed seed) {
    return tickets(method, seed, Device.cpu());
  }

  /** Runs a method; the only place that creates a trial. */
  private List<Ticket> tickets(Method method, Seed seed, Device device) {
    Plan plan = Plan.of(training(), DATA.train().size());
    Refusals.require(refusals -> method.check(network, DATA, plan, refusals));
    try (LocalTrial trial = new LocalTrial(network, DATA, training(), seed, device)) {
      method.run(trial);
      return trial.tickets();
    }
  }

  @Test
  void publishesTicketsThatRoundAndBranchTellApart() {
    assertThat(tickets)
        .isNotEmpty()
        .extracting(ticket -> ticket.round() + " " + ticket.branch())
        .doesNotHaveDuplicates();
  }

  @Test
  void keepsNothingBetweenRunsAndGivesEqualTicketsForTheSameSeed() {
    Seed other = new Seed(4, 0);
    Method method = method();
    assertThat(tickets(method, SEED)).isEqualTo(tickets);
    List<Ticket> others = tickets(method, other);
    assertThat(others).isNotEqualTo(tickets).isEqualTo(tickets(method(), other));
    assertThat(tickets(method, SEED)).isEqualTo(tickets);
  }

  @ParameterizedTest
  @EnumSource
  void aDeviceGivesTheTicketsOfTheCpuAndLeavesNoArraysBehind(DeviceUnderTest under) {
    int before = LiveArrays.count();
    under.tolerance().tickets(tickets(method(), SEED, under.device()), tickets);
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  /** Without a declaration, a report shows a key. */
  @Test
  void declaresItsFindings() {
    Map<String, String> units = new LinkedHashMap<>();
    plugin().contribute(new Declarations(method().getClass(), units));
    for (Ticket ticket : tickets) {
      ticket
          .findings()
          .forEach(
              (key, value) -> {
                assertThat(units).as("the findings that the plugin declares").containsKey(key);
                if (!units.get(key).isEmpty()) {
                  assertThat(value).as(key + ", which has a unit").matches(NUMBER);
                }
              });
    }
  }

  private static final String NUMBER = "[-+]?[0-9.]+([eE][-+]?[0-9]+)?";

  /** Collects the findings, with units, that a plugin declares of one class of methods. */
  private record Declarations(Class<?> method, Map<String, String> units) implements Catalog {

    @Override
    public <T> Entry add(Class<T> kind, String id, Class<? extends T> type) {
      return new Declared(new LinkedHashMap<>());
    }

    @Override
    public Entry method(String id, Class<? extends Method> type, Class<? extends Record> settings) {
      return new Declared(type == method ? units : new LinkedHashMap<>());
    }
  }

  private record Declared(Map<String, String> units) implements Catalog.Entry {

    @Override
    public Catalog.Entry summary(String sentence) {
      return this;
    }

    @Override
    public Catalog.Entry paper(String citation) {
      return this;
    }

    @Override
    public Catalog.Entry finding(String key, String name, String unit, String meaning) {
      assertThat(key).matches(Names.PATTERN);
      assertThat(List.of(name, meaning)).as(key).doesNotContain("");
      assertThat(meaning).as(key + ", one sentence").matches("[^.]*([.][^ ][^.]*)*[.]");
      assertThat(units.put(key, unit)).as(key + " is declared once").isNull();
      return this;
    }
  }

  @Test
  void masksAreOfTheNetworksLayersAndOfItsWidthsOrNarrower() {
    Map<String, Layer> prunable = new LinkedHashMap<>();
    network.layers().forEach(layer -> prunable.put(layer.name(), layer));
    network.biases().forEach(layer -> prunable.put(layer.name(), layer));
    for (Ticket ticket : tickets) {
      assertThat(ticket.mask().layers())
          .extracting(Layer::name)
          .containsAll(network.layers().stream().map(Layer::name).toList());
      for (Layer layer : ticket.mask().layers()) {
        assertThat(prunable).containsKey(layer.name());
        assertThat(layer.kind()).isEqualTo(prunable.get(layer.name()).kind());
        assertThat(layer.size()).isLessThanOrEqualTo(prunable.get(layer.name()).size());
        assertThat(ticket.start().get(layer.name()).shape()).isEqualTo(layer.shape());
        assertThat(ticket.trained().state().get(layer.name()).shape()).isEqualTo(layer.shape());
      }
    }
  }

  @Test
  void deadWeightsAreZeroAndAllOthersFiniteAfterTraining() {
    for (Ticket ticket : tickets) {
      State trained = ticket.trained().state();
      assertThat(ticket.mask().apply(trained)).isEqualTo(trained);
      for (State state : List.of(ticket.start(), trained)) {
        assertThat(state.names()).containsExactlyElementsOf(network.parameters().keySet());
        state
            .tensors()
            .forEach((name, tensor) -> assertThat(isFinite(tensor.values())).as(name).isTrue());
      }
      assertThat(ticket.trained().history().last().orElseThrow().test().loss()).isFinite();
    }
  }

  /**
   * A second run gets other results of training. What then differs depends on training, so it must
   * name the steps it comes from: masks, starting weights, and the widths of a network.
   */
  @Test
  void whateverDependsOnATrainingDerivesFromSteps() {
    List<Published> published = published(Recording::new);
    Map<String, Published> others = new LinkedHashMap<>();
    published(Reversed::new).forEach(other -> others.put(other.name(), other));
    for (Published own : published) {
      Published other = others.get(own.name());
      if (other == null) {
        continue; // the method failed on the other results before this ticket
      }
      boolean sameWidths = own.ticket().mask().layers().equals(other.ticket().mask().layers());
      if (!sameWidths) {
        assertThat(own.widths()).as(own.name() + ", origin of its widths").isNotEmpty();
        continue;
      }
      if (!own.ticket().mask().equals(other.ticket().mask())) {
        assertThat(own.ticket().mask().origin())
            .as(own.name() + ", origin of its mask")
            .isNotEmpty();
      }
      if (!own.ticket().start().equals(other.ticket().start())) {
        assertThat(own.ticket().start().origin())
            .as(own.name() + ", origin of its starting weights")
            .isNotEmpty();
      }
      if (!own.ticket().plan().isEmpty()) {
        assertThat(own.ticket().trained().state().origin()).as(own.name()).isNotEmpty();
      }
    }
  }

  /** A ticket, with the steps that chose the widths of its network. */
  private record Published(Ticket ticket, Set<Digest> widths) {
    String name() {
      return ticket.round() + " " + ticket.branch();
    }
  }

  private List<Published> published(Function<Trial, Recording> recording) {
    List<Published> published = new ArrayList<>();
    try (LocalTrial local = new LocalTrial(network, DATA, training(), SEED)) {
      Trial.Publisher publisher =
          (ticket, trial) -> published.add(new Published(ticket, trial.context().origin()));
      method().run(new Trial(local.context(), local.plan(), recording.apply(local), publisher));
    } catch (TrialFailed e) {
      // Other results of training may be too poor for the method; earlier tickets remain.
    }
    return published;
  }

  /** Steps whose trainings end with the elements of every tensor in reverse order. */
  private static final class Reversed extends Recording {

    Reversed(Trial trial) {
      super(trial);
    }

    @Override
    public Trained train(
        Trial.Context context,
        Trained start,
        Parametrization parametrization,
        Plan plan,
        EpochMonitor monitor) {
      Trained trained = super.train(context, start, parametrization, plan, monitor);
      return plan.isEmpty() ? trained : reversed(trained);
    }

    private static Trained reversed(Trained trained) {
      return new Trained(
          trained.iteration(),
          reversed(trained.state()),
          reversed(trained.variables()),
          trained.optimizer(),
          trained.running(),
          trained.history(),
          trained.memory());
    }

    private static State reversed(State state) {
      return state.map((name, tensor) -> reversed(tensor));
    }

    private static Tensor reversed(Tensor tensor) {
      float[] values = new float[tensor.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = tensor.get(values.length - 1 - i);
      }
      return Tensor.adopt(tensor.shape(), values);
    }
  }

  private static boolean isFinite(FloatBuffer values) {
    while (values.hasRemaining()) {
      if (!Float.isFinite(values.get())) {
        return false;
      }
    }
    return true;
  }
}
