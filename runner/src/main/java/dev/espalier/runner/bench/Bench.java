// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Method;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Inputs;
import dev.espalier.api.data.LanguageModelling;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.data.Rows;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.engine.TrainingListener;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.structure.Cost;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.MethodChoice;
import dev.espalier.runner.plugin.Registry;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Compares the speed of the engine with that of a bare DJL loop on the same work. It also compares
 * the masked engine with the dense one, an epoch and its evaluation with its bare steps, and
 * methods with dense training. The last comparisons are a narrow network with the wide one, and a
 * method of many generations with as many plain trainings. The bench then measures the native
 * memory of such trainings.
 *
 * <p>The two sides of a comparison run in turns in short blocks, in the order ABBA, and every pair
 * of neighbours gives one ratio. Another process or a slower clock then affects both. The result is
 * the median, with the smallest and the largest ratio.
 *
 * <p>A block of the engine is a separate training. A listener clocks it from the end of its first
 * iteration to the end of its last. Putting the weights on the device, drawing the order of the
 * examples and bringing the weights back belong to a training, not to a step. The comparison of
 * epochs clocks whole calls, these included, against the steps of the bare loop alone. The pixels
 * are random, and the learning rate is too small to learn them: the speed of a step must not depend
 * on the progress of training.
 */
public final class Bench implements AutoCloseable {

  /** The largest ratio of a step to one of a bare loop. */
  public static final double STEP_BOUND = 1.10;

  /** The largest ratio of a masked step to a dense one. */
  public static final double MASK_BOUND = 1.10;

  /** The largest ratio of a step of Adam to one of a bare loop with DJL's Adam. */
  public static final double ADAM_BOUND = 1.0;

  /** The same for Lenet-300-100, dense. */
  public static final double LENET_ADAM_BOUND = 0.95;

  /** The largest ratio of an epoch with its evaluation to its bare steps. */
  public static final double EPOCH_BOUND = 1.25;

  private static final Shape PICTURE = new Shape(3, 32, 32);
  private static final int CLASSES = 10;
  private static final int VOCABULARY = 96;
  private static final double DENSITY = 0.2;
  static final double LEARNING_RATE = 1e-3;
  static final Seed SEED = new Seed(1, 0);
  private static final Sgd MOMENTUM = new Sgd(LEARNING_RATE, 0.9, false, 1e-4, List.of());

  /** The optimizer of scores in papers: at this rate selections change as they do in a training. */
  private static final Sgd SCORES = new Sgd(0.2, 0.9, false, 1e-4, List.of());

  /**
   * The number and the size of measurements.
   *
   * @param pairs pairs of blocks for Lenet-300-100
   * @param steps steps in such a block
   * @param largePairs pairs of blocks for Conv-4
   * @param largeSteps steps in such a block
   * @param epochs pairs of epochs
   * @param examples training examples of the digits
   * @param tests test examples of the digits
   * @param methodPairs pairs of blocks for the step of a method
   * @param methodSteps steps in such a block
   * @param pictures examples in a step of a network for pictures
   * @param picturePairs pairs of blocks for such a network
   * @param pictureSteps steps in such a block
   * @param length tokens in a sequence
   * @param side width of the layers for which memory is measured
   */
  public record Effort(
      int pairs,
      int steps,
      int largePairs,
      int largeSteps,
      int epochs,
      int examples,
      int tests,
      int methodPairs,
      int methodSteps,
      int pictures,
      int picturePairs,
      int pictureSteps,
      int length,
      int side) {

    /** The full effort: about nine minutes on one core. */
    public static final Effort FULL =
        new Effort(80, 25, 6, 2, 6, 60_000, 10_000, 9, 30, 64, 4, 2, 128, 1000);
  }

  /** A method that is measured by default. */
  private record DefaultCase(String id, String settings, OptionalDouble bound) {

    DefaultCase(String id, String settings, double bound) {
      this(id, settings, OptionalDouble.of(bound));
    }

    DefaultCase(String id, String settings) {
      this(id, settings, OptionalDouble.empty());
    }

    String name() {
      return id + ", " + settings;
    }
  }

  /** The methods whose step is compared with a dense one, with their bounds. */
  private static final List<DefaultCase> STEPS =
      List.of(
          new DefaultCase("slots", "k = 2"),
          new DefaultCase("slots", "k = 8", 1.6),
          new DefaultCase("slots", "k = 64", 1.8),
          new DefaultCase("slots", "k = 8, values = per-layer"),
          new DefaultCase("slots", "k = 8, selection = sampling"),
          new DefaultCase("slots", "k = 8, selection = sampling, values = regenerated"),
          new DefaultCase("edge-popup", "keep = 0.5"));

  /** The methods whose step is compared with a dense one in Conv-4. */
  private static final List<DefaultCase> CONVOLUTION_STEPS =
      List.of(new DefaultCase("slots", "k = 8, values = per-connection", 1.2));

  /** The methods of channels whose step is compared with a dense one, in a network of channels. */
  private static final List<DefaultCase> CHANNEL_STEPS =
      List.of(
          new DefaultCase("pruning-from-scratch", "expansion = 1", 1.15),
          new DefaultCase("network-slimming", "sparsity = 0.5"));

  /**
   * The bounds for a narrow network: its MACs, forward pass and step, as ratios to the wide one.
   */
  private record Narrow(double macs, double forward, double step) {}

  private static final List<Narrow> NARROW =
      List.of(new Narrow(0.5, 0.65, 0.70), new Narrow(0.25, 0.40, 0.45));

  /** The largest ratio of a forward pass with half the channels of a residual network. */
  private static final double SLIM_BOUND = 0.40;

  /** The methods whose trainings of all weights are compared with plain trainings. */
  private static final List<DefaultCase> GENERATIONS =
      List.of(new DefaultCase("knowledge-evolution", "generations = 2, split = kels", 1.05));

  /** The epochs of each such training. */
  private static final int GENERATION = 10;

  /** The methods whose mask moves, compared with a training whose mask does not. */
  private static final List<DefaultCase> MOVING =
      List.of(
          new DefaultCase("rigl", "densities = [0.1], every = 100", MASK_BOUND),
          new DefaultCase(
              "gradual", "densities = [0.1], every = 1 epoch, end = 4 epochs", MASK_BOUND));

  /** The epochs of each such training. */
  private static final int MOVING_EPOCHS = 6;

  /**
   * The bounds of memory, in dense weights. Greedy slots hold one variable with its momentum, the
   * effective weights and their gradient; sampling holds 2 K numbers more if they are stored.
   */
  private static final List<DefaultCase> FOOTPRINTS =
      List.of(
          new DefaultCase("slots", "k = 2, values = per-connection", 6),
          new DefaultCase("slots", "k = 8, values = per-connection", 6),
          new DefaultCase("slots", "k = 64, values = per-connection", 8),
          new DefaultCase("slots", "k = 64, values = regenerated", 8),
          new DefaultCase("slots", "k = 8, values = network", 6),
          new DefaultCase("slots", "k = 8, selection = sampling", 2 * 8 + 6),
          new DefaultCase("slots", "k = 64, selection = sampling, values = regenerated", 8));

  private final Effort effort;
  private final Device device;
  private final Clock clock;
  private final Registry registry;
  private final PrintWriter out;

  /**
   * Creates a bench.
   *
   * @param effort the number and the size of measurements
   * @param device the device that computes
   * @param registry the plugins that bring methods
   * @param out receives a line at the begin and at the end of each comparison; flushed
   */
  public Bench(Effort effort, Device device, Registry registry, PrintWriter out) {
    this.effort = effort;
    this.device = device;
    this.registry = registry;
    this.out = out;
    clock = new Clock(device);
  }

  /**
   * Runs all comparisons: those of the engine, and those of the default methods that are installed.
   *
   * @return one ratio a comparison
   */
  public List<Ratio> steps() {
    List<Ratio> ratios = new ArrayList<>();
    Data digits = digits(effort.examples(), effort.tests());
    headOfRatios();
    int batch = 60;
    for (int size : new int[] {batch, 128}) {
      String name = "lenet-300-100, batch " + size;
      BenchCase lenet =
          new BenchCase(name, this::lenet, digits, size, effort.steps(), effort.pairs());
      steps(lenet, ratios);
      if (size == batch) {
        adam(lenet, LENET_ADAM_BOUND, ratios);
      }
    }
    BenchCase conv4 =
        new BenchCase(
            "conv-4, batch " + batch,
            this::conv4,
            pictures(batch * (effort.largeSteps() + 1)),
            batch,
            effort.largeSteps(),
            effort.largePairs());
    steps(conv4, ratios);
    adam(conv4, ADAM_BOUND, ratios);
    for (String sequences : List.of("transformer", "lstm")) {
      steps(ofTokens(sequences), ratios);
    }
    epoch(digits, ratios);
    for (MethodCase subject : installed(STEPS)) {
      ratios.add(step(subject, usual(digits), SCORES));
    }
    for (MethodCase subject : installed(CONVOLUTION_STEPS)) {
      ratios.add(step(subject.in("conv-4"), conv4, SCORES));
    }
    BenchCase vgg = ground(model("{ id = vgg-16, variant = slimming }"));
    for (MethodCase subject : installed(CHANNEL_STEPS)) {
      ratios.add(step(subject, vgg, MOMENTUM));
    }
    NARROW.forEach(narrow -> narrow(narrow, vgg, ratios));
    slim(ground(model("resnet-18")), ratios);
    for (MethodCase subject : installed(GENERATIONS)) {
      ratios.add(whole(subject));
    }
    for (MethodCase subject : installed(MOVING)) {
      ratios.add(moving(subject));
    }
    return ratios;
  }

  /**
   * Compares the steps of some methods with the dense one.
   *
   * @param methods each an id or a section
   * @param model an id or a section of the network, trained on pictures of 32x32 pixels in colour;
   *     lenet-300-100 on digits if empty
   * @return one ratio a method
   * @throws ConfigProblem if a method or the model is invalid
   */
  public List<Ratio> steps(List<String> methods, Optional<String> model) {
    List<MethodCase> subjects = given(methods);
    BenchCase ground =
        model
            .map(given -> ground(model(given)))
            .orElseGet(() -> usual(digits(effort.examples(), effort.tests())));
    headOfRatios();
    return subjects.stream().map(subject -> step(subject, ground, MOMENTUM)).toList();
  }

  private BenchCase usual(Data digits) {
    return new BenchCase(
        "lenet-300-100", this::lenet, digits, 128, effort.methodSteps(), effort.methodPairs());
  }

  private BenchCase ground(Model model) {
    int batch = effort.pictures();
    return new BenchCase(
        "pictures",
        () -> model.build(PICTURE, CLASSES),
        pictures(batch * (effort.pictureSteps() + 1)),
        batch,
        effort.pictureSteps(),
        effort.picturePairs());
  }

  /**
   * A language model of random tokens: by default 4 blocks, or one layer of cells, of width 128.
   */
  private BenchCase ofTokens(String model) {
    int batch = 16;
    Data tokens = tokens(batch * (effort.largeSteps() + 1), effort.length());
    return new BenchCase(
        model + ", batch " + batch,
        () -> model(model).build(tokens.task()),
        tokens,
        batch,
        effort.largeSteps(),
        effort.largePairs());
  }

  /**
   * Measures the native memory of the default methods that are installed.
   *
   * @return dense training, and one footprint a method; none where that cannot be measured
   */
  public List<Footprint> memory() {
    return footprints(() -> installed(FOOTPRINTS));
  }

  /**
   * Measures the native memory of some methods.
   *
   * @param methods each an id or a section
   * @return dense training, and one footprint a method; none where that cannot be measured
   * @throws ConfigProblem if a method is invalid
   */
  public List<Footprint> memory(List<String> methods) {
    List<MethodCase> subjects = given(methods);
    return footprints(() -> subjects);
  }

  /** Frees the arrays of the clock on the device. */
  @Override
  public void close() {
    clock.close();
  }

  private void steps(BenchCase on, List<Ratio> ratios) {
    int steps = on.steps();
    Plan plan =
        Plan.of(training(on.batch(), Span.iterations(Integer.MAX_VALUE)), on.data().train().size())
            .until(1 + steps);
    try (Network network = on.model().get();
        Network own = on.model().get();
        TrainingEngine engine = new TrainingEngine(network, on.data(), device)) {
      State start = initial(network);
      LongSupplier dense = block(engine, network, start, Parametrization.dense(), plan);
      try (BareLoop bare =
          new BareLoop(own, start, on.data(), SEED, on.batch(), BareLoop::sgd, device)) {
        ratios.add(
            compare(
                on.name(),
                OptionalDouble.of(STEP_BOUND),
                on.pairs(),
                steps,
                dense,
                () -> bare.steps(steps, clock)));
      }
      Mask mask = mask(network);
      LongSupplier masked =
          block(engine, network, mask.apply(start), Parametrization.masked(mask), plan);
      ratios.add(
          compare(
              on.name() + ", masked",
              OptionalDouble.of(MASK_BOUND),
              on.pairs(),
              steps,
              masked,
              dense));
    }
  }

  /**
   * Compares the step of Adam, dense and masked, with that of a bare loop whose parameters DJL's
   * Adam updates one by one.
   */
  private void adam(BenchCase on, double bound, List<Ratio> ratios) {
    Span endless = Span.iterations(Integer.MAX_VALUE);
    Training training = training(new Adam(LEARNING_RATE), on.batch(), endless, endless);
    Plan plan = Plan.of(training, on.data().train().size()).until(1 + on.steps());
    try (Network network = on.model().get();
        Network own = on.model().get();
        TrainingEngine engine = new TrainingEngine(network, on.data(), device)) {
      State start = initial(network);
      Mask mask = mask(network);
      try (BareLoop bare =
          new BareLoop(own, start, on.data(), SEED, on.batch(), BareLoop::adam, device)) {
        LongSupplier loop = () -> bare.steps(on.steps(), clock);
        LongSupplier dense = block(engine, network, start, Parametrization.dense(), plan);
        LongSupplier masked =
            block(engine, network, mask.apply(start), Parametrization.masked(mask), plan);
        String name = on.name() + ", adam";
        ratios.add(compare(name, OptionalDouble.of(bound), on.pairs(), on.steps(), dense, loop));
        ratios.add(
            compare(
                name + ", masked",
                OptionalDouble.of(ADAM_BOUND),
                on.pairs(),
                on.steps(),
                masked,
                loop));
      }
    }
  }

  private void epoch(Data digits, List<Ratio> ratios) {
    int batch = 128;
    Plan plan = Plan.of(training(batch, Span.epochs(1)), digits.train().size());
    try (Network network = lenet();
        Network own = lenet();
        TrainingEngine engine = new TrainingEngine(network, digits, device)) {
      State start = initial(network);
      LongSupplier epoch =
          () ->
              clocked(
                  () -> {
                    Trained from = Trained.begin(network, start, Parametrization.dense(), 0);
                    engine.train(SEED, from, Parametrization.dense(), plan, TrainingListener.NONE);
                  });
      try (BareLoop bare = new BareLoop(own, start, digits, SEED, batch, BareLoop::sgd, device)) {
        ratios.add(
            compare(
                "lenet-300-100, epoch",
                OptionalDouble.of(EPOCH_BOUND),
                effort.epochs(),
                1,
                epoch,
                () -> bare.steps(Math.toIntExact(plan.perEpoch()), clock)));
      }
    }
  }

  /** Compares the step of a method with the dense one, both by SGD with momentum and decay. */
  private Ratio step(MethodCase subject, BenchCase on, Sgd optimizer) {
    Training training = endless(optimizer, on.batch());
    Plan trained = Plan.of(training, on.data().train().size()).until(1 + on.steps());
    Plan plan = Plan.of(withMomentum(on.batch()), on.data().train().size()).until(1 + on.steps());
    try (Network network = on.model().get();
        TrainingEngine engine = new TrainingEngine(network, on.data(), device)) {
      FirstTraining first = subject.first(network, on.data(), training, device);
      State start = initial(network);
      return compare(
          subject.name(),
          subject.bound(),
          on.pairs(),
          on.steps(),
          block(engine, network, first.start(), first.parametrization(), trained),
          block(engine, network, start, Parametrization.dense(), plan));
    }
  }

  /**
   * Compares a network of fewer channels with the wide one: one forward pass, and one training
   * step.
   */
  private void narrow(Narrow narrow, BenchCase on, List<Ratio> ratios) {
    try (Network wide = on.model().get();
        Network slim = wide.resized(Widths.times(factor(wide, narrow.macs())));
        TrainingEngine engine = new TrainingEngine(wide, on.data(), device)) {
      ratios.add(forward(slim, wide, narrow.forward(), on));
      Plan plan = Plan.of(withMomentum(on.batch()), on.data().train().size()).until(1 + on.steps());
      Parametrization dense = Parametrization.dense();
      ratios.add(
          compare(
              name(slim, wide) + ", step",
              OptionalDouble.of(narrow.step()),
              on.pairs(),
              on.steps(),
              block(engine.withNetwork(slim), slim, initial(slim), dense, plan),
              block(engine, wide, initial(wide), dense, plan)));
    }
  }

  /**
   * Compares one forward pass of the slim network, knowledge evolution's kernel-level split at 0.5,
   * with the wide one.
   */
  private void slim(BenchCase on, List<Ratio> ratios) {
    try (Network wide = on.model().get();
        Network slim = wide.resized(Widths.times(0.5))) {
      ratios.add(forward(slim, wide, SLIM_BOUND, on));
    }
  }

  private Ratio forward(Network slim, Network wide, double bound, BenchCase on) {
    try (ForwardPass ours = new ForwardPass(slim, on.batch(), device);
        ForwardPass other = new ForwardPass(wide, on.batch(), device)) {
      return compare(
          name(slim, wide) + ", forward",
          OptionalDouble.of(bound),
          on.pairs(),
          on.steps(),
          () -> ours.passes(on.steps(), clock),
          () -> other.passes(on.steps(), clock));
    }
  }

  private static String name(Network slim, Network wide) {
    return String.format(
        Locale.ROOT,
        "%s, %.2f of the MACs",
        wide.name(),
        (double) Cost.of(slim).macs() / Cost.of(wide).macs());
  }

  /**
   * Compares a complete method, with all work between and after its trainings, with as many plain
   * trainings.
   */
  private Ratio whole(MethodCase subject) {
    Data digits = digits(effort.examples() / 6, effort.tests() / 6);
    Training training = training(MOMENTUM, 128, Span.epochs(GENERATION), Span.epochs(1));
    try (Network network = lenet();
        LocalTrial trial = new LocalTrial(network, digits, training, SEED, device)) {
      Method method = subject.on(network, digits, trial.plan());
      State start = initial(network);
      method.run(trial);
      long trainings = trial.tickets().stream().filter(ticket -> !ticket.plan().isEmpty()).count();
      return compare(
          subject.name(),
          subject.bound(),
          effort.picturePairs(),
          Math.toIntExact(trainings),
          () -> clocked(() -> method.run(trial)),
          () ->
              clocked(
                  () -> {
                    for (int i = 0; i < trainings; i++) {
                      trial.train(start, Parametrization.dense(), trial.plan());
                    }
                  }));
    }
  }

  /**
   * Compares a training whose mask moves with one under its first mask. Both include the transfers
   * to the device and back; the store keeps one entry of each.
   */
  private Ratio moving(MethodCase subject) {
    Data digits = digits(effort.examples() / 6, effort.tests() / 6);
    Training training = training(MOMENTUM, 128, Span.epochs(MOVING_EPOCHS), Span.epochs(1));
    try (Network network = lenet();
        LocalTrial trial = new LocalTrial(network, digits, training, SEED, device)) {
      FirstTraining first = subject.first(network, digits, training, device);
      Parametrization still = Parametrization.masked(first.parametrization().alive(network));
      return compare(
          subject.name(),
          subject.bound(),
          effort.picturePairs(),
          Math.toIntExact(trial.plan().total()),
          () -> clocked(() -> trial.train(first.start(), first.parametrization(), trial.plan())),
          () -> clocked(() -> trial.train(first.start(), still, trial.plan())));
    }
  }

  private long clocked(Runnable work) {
    long begin = clock.now();
    work.run();
    return clock.now() - begin;
  }

  /** Computes the factor on all widths at which a network has at most a fraction of its MACs. */
  private static double factor(Network network, double macs) {
    double most = macs * Cost.of(network).macs();
    double low = 0;
    double high = 1;
    for (int i = 0; i < 20; i++) {
      double middle = (low + high) / 2;
      boolean fits = Cost.of(network, Widths.times(middle)).macs() <= most;
      low = fits ? middle : low;
      high = fits ? high : middle;
    }
    return low;
  }

  static State initial(Network network) {
    return network.initial(SEED.stream("init", 0));
  }

  private List<Footprint> footprints(Supplier<List<MethodCase>> subjects) {
    if (device.isGpu()) {
      line("native memory: not measured on a GPU");
      return List.of();
    }
    Optional<NativeMemory> memory = NativeMemory.here();
    if (memory.isEmpty()) {
      line("native memory: not measured on this system");
      return List.of();
    }
    line(
        "%-50s %6s %7s %9s  %s",
        "native memory, in dense weights", "bound", "peak", "MB", "ten layers of");
    MemoryBench bench = new MemoryBench(memory.get(), effort.side(), this::tower);
    List<Footprint> footprints = new ArrayList<>();
    footprints.add(shown(bench.measure("dense", OptionalDouble.empty(), MemoryBench::dense)));
    for (MethodCase subject : subjects.get()) {
      footprints.add(
          shown(
              bench.measure(
                  subject.name(),
                  subject.bound(),
                  (network, data) ->
                      subject.first(network, data, MemoryBench.training(), device))));
    }
    return footprints;
  }

  /** Builds linear layers of one width. */
  private Network tower(int layers, int side) {
    String hidden = Collections.nCopies(layers - 1, side).toString();
    return model(
            "{ id = mlp, hidden = " + hidden + ", biases = false, initialiser = kaiming-normal }")
        .build(new Shape(side), side);
  }

  private Footprint shown(Footprint footprint) {
    line(
        "%-50s %6s %7.2f %9.1f  %d x %<d%s",
        footprint.name(),
        bound(footprint),
        footprint.value(),
        footprint.bytes() / 1e6,
        footprint.side(),
        warning(footprint));
    return footprint;
  }

  /** The default methods that are installed; prints a line about each other one. */
  private List<MethodCase> installed(List<DefaultCase> methods) {
    ExperimentReader reader = new ExperimentReader(registry);
    List<MethodCase> subjects = new ArrayList<>();
    for (DefaultCase usual : methods) {
      if (registry.find(Method.class, usual.id()).isPresent()) {
        List<String> section = List.of("{ id = " + usual.name() + " }");
        subjects.add(new MethodCase(usual.name(), reader.methods(section).get(0), usual.bound()));
      } else {
        line("%-50s not measured: no plugin brings %s", usual.name(), usual.id());
      }
    }
    return subjects;
  }

  private List<MethodCase> given(List<String> methods) {
    List<MethodChoice> choices = new ExperimentReader(registry).methods(methods);
    List<MethodCase> subjects = new ArrayList<>();
    for (int i = 0; i < choices.size(); i++) {
      subjects.add(new MethodCase(methods.get(i).strip(), choices.get(i), OptionalDouble.empty()));
    }
    return subjects;
  }

  private LongSupplier block(
      TrainingEngine engine,
      Network network,
      State start,
      Parametrization parametrization,
      Plan plan) {
    Trained from = Trained.begin(network, start, parametrization, 0);
    return () -> {
      long[] time = new long[2];
      TrainingListener watcher =
          new TrainingListener() {
            @Override
            public boolean step(long iteration) {
              if (iteration == 1) {
                time[0] = clock.now();
              } else if (iteration == plan.until()) {
                time[1] = clock.now();
              }
              return false;
            }
          };
      engine.train(SEED, from, parametrization, plan, watcher);
      return time[1] - time[0];
    };
  }

  /** Runs both sides in turns, once without the clock and then pair by pair. */
  private Ratio compare(
      String name,
      OptionalDouble bound,
      int pairs,
      int units,
      LongSupplier ours,
      LongSupplier other) {
    out.printf(Locale.ROOT, "%-50s ", name);
    out.flush();
    double[] a = new double[pairs];
    double[] b = new double[pairs];
    double[] ratios = new double[pairs];
    for (int pair = -1; pair < pairs; pair++) {
      boolean oursFirst = pair % 2 == 0;
      double first = (oursFirst ? ours : other).getAsLong();
      double second = (oursFirst ? other : ours).getAsLong();
      if (pair >= 0) {
        a[pair] = (oursFirst ? first : second) / units / 1e6;
        b[pair] = (oursFirst ? second : first) / units / 1e6;
        ratios[pair] = a[pair] / b[pair];
      }
    }
    double median = median(ratios); // sorts
    Ratio ratio =
        new Ratio(name, bound, ratios[0], median, ratios[pairs - 1], median(a), median(b));
    line(
        "%6s %7.3f %7.3f %7.3f %9.3f %9.3f%s",
        bound(ratio),
        ratio.median(),
        ratio.min(),
        ratio.max(),
        ratio.ours(),
        ratio.other(),
        warning(ratio));
    return ratio;
  }

  private void headOfRatios() {
    line("%-50s %6s %7s %7s %7s %9s %9s", "", "bound", "median", "min", "max", "ms", "against");
  }

  private static String bound(Bounded measured) {
    return measured.bound().isPresent()
        ? String.format(Locale.ROOT, "%.2f", measured.bound().getAsDouble())
        : "-";
  }

  private static String warning(Bounded measured) {
    return measured.holds() ? "" : "  above its bound";
  }

  private void line(String format, Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
    out.flush();
  }

  /** Sorts the values and returns the middle one. */
  private static double median(double[] values) {
    Arrays.sort(values);
    int half = values.length / 2;
    return values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  }

  /** Plain gradient descent. */
  static Training training(int batch, Span iterations) {
    return training(new Sgd(LEARNING_RATE), batch, iterations, iterations);
  }

  /** Gradient descent with momentum, as in papers that train scores, without an end. */
  static Training withMomentum(int batch) {
    return endless(MOMENTUM, batch);
  }

  private static Training endless(Sgd optimizer, int batch) {
    Span endless = Span.iterations(Integer.MAX_VALUE);
    return training(optimizer, batch, endless, endless);
  }

  private static Training training(
      Optimizer optimizer, int batch, Span iterations, Span evaluateEvery) {
    return new Training(
        optimizer, new Constant(), Span.iterations(0), batch, iterations, evaluateEvery);
  }

  private static Mask mask(Network network) {
    RandomStream random = SEED.stream("mask", 0);
    return Mask.of(
        network.layers(),
        (layer, bits) -> {
          for (int i = 0; i < layer.size(); i++) {
            bits.set(i, random.nextDouble() < DENSITY);
          }
          return bits;
        });
  }

  static Data digits(int examples, int tests) {
    return random(new Shape(1, 28, 28), CLASSES, examples, 0, tests);
  }

  /**
   * Random pictures with one validation example, since methods that choose by validation need some.
   */
  private static Data pictures(int examples) {
    return random(PICTURE, CLASSES, examples, 1, 1);
  }

  static Data tokens(int examples, int length) {
    RandomStream random = SEED.stream("train", 0);
    Rows features = tokens(examples, length, random);
    Examples train = new Examples(features, tokens(examples, length, random));
    return new Data(
        "random",
        train,
        train.take(),
        train.take(0),
        Inputs.ofTokens(length, VOCABULARY),
        VOCABULARY,
        new LanguageModelling(),
        Optional.empty());
  }

  private static Rows tokens(int examples, int length, RandomStream random) {
    return Rows.ofInts(
        random.ints((long) examples * length, 0, VOCABULARY).toArray(), new Shape(length));
  }

  static Data random(Shape shape, int classes, int examples, int validation, int tests) {
    return new Data(
        "random",
        random(shape, classes, examples, SEED.stream("train", 0)),
        random(shape, classes, validation, SEED.stream("validation", 0)),
        random(shape, classes, tests, SEED.stream("test", 0)),
        Normalisation.NONE,
        classes);
  }

  private static Examples random(Shape shape, int classes, int examples, RandomStream random) {
    byte[] pixels = new byte[Math.toIntExact(examples * shape.size())];
    random.nextBytes(pixels);
    int[] labels = random.ints(examples, 0, classes).toArray();
    return Examples.ofBytes(ByteBuffer.wrap(pixels), shape, labels);
  }

  private Network lenet() {
    return model("{ id = lenet-300-100, initialiser = kaiming-normal }")
        .build(new Shape(1, 28, 28), 10);
  }

  private Network conv4() {
    return model("{ id = conv-4, initialiser = kaiming-normal }").build(PICTURE, CLASSES);
  }

  private Model model(String section) {
    return new ExperimentReader(registry).model(section);
  }
}
