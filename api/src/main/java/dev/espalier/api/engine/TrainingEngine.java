// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Evaluation;
import dev.espalier.api.Gradients;
import dev.espalier.api.History;
import dev.espalier.api.MovingMask;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Deficit;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Objective;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.HostCopy;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.state.TrialFailed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine that trains a network on a data set in device memory.
 *
 * <p>A step gathers a batch by index, augments and normalises it, and applies the data's deficit.
 * Then it runs the block on effective parameters, differentiates, pulls the gradient back to the
 * variables, and updates them in place. Its arrays are freed at its end. On a GPU losses are read
 * every 100 steps; on a CPU, without a transfer, each is read at once. Training is deterministic on
 * CPU.
 *
 * <p>One engine in a JVM trains at a time: DJL's PyTorch engine allows one gradient collector.
 */
@API(status = API.Status.INTERNAL, since = "0.1")
public final class TrainingEngine implements Gradients.Source, AutoCloseable {

  /**
   * The version of the computation, part of the keys of stored steps. Raise it with every change of
   * this module that changes bits of a training or of a mask.
   */
  private static final int VERSION = 5;

  private static final Logger LOG = LoggerFactory.getLogger(TrainingEngine.class);

  /** The largest number of examples in one forward pass of an evaluation. */
  private static final int EVALUATION_BATCH = 500;

  /** The largest number of values in the input or output of that pass; layers have more. */
  private static final int EVALUATION_VALUES = 1 << 24;

  /** The number of steps between reads of losses from the device. */
  private static final int UNREAD_STEPS = 100;

  private final Network network;
  private final Data data;
  private final NDManager manager;
  private final DeviceExamples train;
  private final DeviceExamples validation;
  private final DeviceExamples test;
  private final PathAnalysis analysis;

  /**
   * Creates an engine and copies a data set to a device.
   *
   * @param network the network to train; the caller closes it
   * @param data the data set
   * @param device the device
   * @throws TrialFailed if the device has no room for the data set
   */
  public TrainingEngine(Network network, Data data, Device device) {
    this(network, data, device, Long.MAX_VALUE);
  }

  /**
   * Creates an engine for a data set that need not fit on the device.
   *
   * @param network the network to train; the caller closes it
   * @param data the data set
   * @param device the device
   * @param dataMemory the number of bytes on the device for examples. Parts of the data set that do
   *     not fit, the training examples first, are copied batch by batch, with the same results
   * @throws TrialFailed if the device has no room for the data set
   */
  public TrainingEngine(Network network, Data data, Device device, long dataMemory) {
    this.network = network;
    this.data = data;
    manager = NDManager.newBaseManager(device);
    long evaluated = bytes(data.validation()) + bytes(data.test());
    boolean areEvaluatedResident = evaluated <= dataMemory;
    boolean isTrainResident = evaluated + bytes(data.train()) <= dataMemory;
    try {
      train = new DeviceExamples(data.train(), data, isTrainResident, manager);
      validation = new DeviceExamples(data.validation(), data, areEvaluatedResident, manager);
      test = new DeviceExamples(data.test(), data, areEvaluatedResident, manager);
      analysis = new PathAnalysis(train, manager);
    } catch (RuntimeException e) {
      RuntimeException failure = DeviceMemory.failure(manager, e);
      manager.close();
      throw failure;
    }
    if (!isTrainResident) {
      LOG.info(
          "{}: the {} examples take {} MB, more than the {} MB of data-memory, and are copied batch"
              + " by batch",
          data.name(),
          areEvaluatedResident ? "training" : "training, validation and test",
          (evaluated + bytes(data.train())) >> 20,
          dataMemory >> 20);
    }
  }

  private static long bytes(Examples examples) {
    return examples.features().bytes() + examples.targets().bytes();
  }

  private TrainingEngine(Network network, TrainingEngine other) {
    this.network = network;
    data = other.data;
    manager = other.manager;
    train = other.train;
    validation = other.validation;
    test = other.test;
    analysis = other.analysis;
  }

  /**
   * Checks before a training, on the CPU, whether a network can be trained on a data set. It has to
   * compute the output that the data's objective needs, and to train on a last batch of one
   * example.
   *
   * @param network the network
   * @param data the data set
   * @param training the settings of the training
   * @param refusals collects the errors, under the keys {@code model} and {@code training}
   */
  public static void check(Network network, Data data, Training training, Refusals refusals) {
    ForwardCheck.outputs(network, data, refusals.within("model"));
    ForwardCheck.lastBatch(network, data, training, refusals.within("training"));
  }

  /**
   * Returns an engine of another network on the same data, without another copy on the device.
   *
   * @param other the network to train; the caller closes it
   * @return an engine with the lifetime of this one, not to be closed
   */
  public TrainingEngine withNetwork(Network other) {
    return new TrainingEngine(other, this);
  }

  /**
   * Returns the digest of the environment, on which the bits of a training depend in addition to
   * its arguments.
   *
   * @return a digest of this engine's version, PyTorch's, the kind of device and, on a CPU, the
   *     number of threads, which can change the order of sums; on a GPU, its mode
   */
  public Digest environment() {
    boolean isGpu = manager.getDevice().isGpu();
    return environment(manager.getEngine(), isGpu ? Optional.of(GpuMode.here()) : Optional.empty());
  }

  /** Returns the digest of the environment on a GPU of a mode, or on a CPU. */
  static Digest environment(Engine engine, Optional<GpuMode> gpu) {
    String name = engine.getEngineName();
    String version = engine.getVersion();
    String threads = System.getProperty("ai.djl.pytorch.num_threads", "default");
    return gpu.map(mode -> Digest.of(VERSION, name, version, "gpu", mode.tf32(), mode.benchmarks()))
        .orElseGet(() -> Digest.of(VERSION, name, version, "cpu", threads));
  }

  /**
   * Returns the number of arrays on the device outside any step.
   *
   * @return the number of the data set's arrays, for tests
   */
  public int managedArrays() {
    return manager.getManagedArrays().size();
  }

  /**
   * Trains a stretch. An empty stretch at the timetable's end evaluates the network, unless the
   * history has that point.
   *
   * @param seed the source of the order of the examples, augmentation, dropout and a
   *     parametrization's samples
   * @param from the position of the training
   * @param parametrization defines the trained variables
   * @param plan the stretch; its first iteration is that of the position
   * @param watcher the listener, which may take checkpoints
   * @return the position after training
   * @throws TrialFailed if the loss is not finite; the message has the iteration and the layers'
   *     sizes
   */
  public Trained train(
      Seed seed,
      Trained from,
      Parametrization parametrization,
      Plan plan,
      TrainingListener watcher) {
    return train(seed, from, parametrization, plan, EpochMonitor.none(), watcher);
  }

  /**
   * Trains a stretch that a monitor may end.
   *
   * @param seed the source of the order of the examples, augmentation, dropout and a
   *     parametrization's samples
   * @param from the position of the training
   * @param parametrization defines the trained variables
   * @param plan the stretch; its first iteration is that of the position
   * @param monitor called at epoch boundaries; may end the training there
   * @param watcher the listener, which may take checkpoints
   * @return the position after training
   * @throws TrialFailed if the loss is not finite, with the iteration and the layers' sizes in the
   *     message, or if memory of the device ran out
   */
  public Trained train(
      Seed seed,
      Trained from,
      Parametrization parametrization,
      Plan plan,
      EpochMonitor monitor,
      TrainingListener watcher) {
    check(from, plan);
    return DeviceMemory.guard(
        manager, () -> trainHere(seed, from, parametrization, plan, monitor, watcher));
  }

  private Trained trainHere(
      Seed seed,
      Trained from,
      Parametrization parametrization,
      Plan plan,
      EpochMonitor monitor,
      TrainingListener watcher) {
    Optional<MovingMask> rule = parametrization.moving();
    if (rule.isPresent()) {
      if (!monitor.equals(EpochMonitor.none())) {
        throw new RefusedException(
            "monitor",
            PluginFailed.name("epoch monitor", monitor.getClass()),
            "none for a training whose mask moves");
      }
      return new MovingTraining(this, network, data, seed, rule.get(), plan)
          .train(from, parametrization.alive(network), watcher);
    }
    try (Session session = new Session(seed, from, parametrization, plan, monitor)) {
      Optional<Trained> ended =
          from.memory().isEmpty() ? session.observe(plan.from()) : Optional.empty();
      if (ended.isPresent()) {
        return ended.get();
      }
      for (long i = plan.from(); i < plan.until(); i++) {
        session.step(i);
        if ((i + 1) % plan.in(plan.training().evaluateEvery()) == 0 || i + 1 == plan.total()) {
          watcher.measured(session.measure(i + 1));
        }
        ended = session.observe(i + 1);
        if (ended.isPresent()) {
          return ended.get();
        }
        if (watcher.step(i + 1) && i + 1 < plan.until()) {
          watcher.checkpoint(session.sofar(i + 1));
        }
      }
      boolean isMeasured =
          from.history().last().filter(last -> last.iteration() == plan.total()).isPresent();
      if (plan.equals(plan.untrained()) && !isMeasured) {
        watcher.measured(session.measure(plan.total()));
      }
      Trained trained = session.sofar(plan.until());
      warnOfStandstill(from, trained, parametrization, plan);
      return trained;
    }
  }

  /**
   * Estimates the running statistics of batch norm on the training examples, without augmentation:
   * plain means of the statistics of the batches of epoch 0.
   *
   * @param seed the source of the order of the examples, and of dropout
   * @param state all parameters of the network
   * @param plan the size of a batch, and the batches of an epoch
   * @return the statistics alone; empty without batch norm
   */
  public State statistics(Seed seed, State state, Plan plan) {
    return network.statistics().isEmpty()
        ? State.EMPTY
        : DeviceMemory.guard(
            manager, () -> new RunningStatistics(network, train, manager).mean(state, plan, seed));
  }

  /** Warns of a training that changed no variable, such as one whose gradients are all 0. */
  private static void warnOfStandstill(
      Trained from, Trained trained, Parametrization parametrization, Plan plan) {
    boolean isMoving = !plan.isEmpty() && plan.learningRate(plan.until() - 1) > 0;
    Map<String, Tensor> before = from.variables().tensors();
    Map<String, Tensor> after = trained.variables().tensors();
    if (isMoving
        && !before.isEmpty()
        && before.keySet().stream()
            .allMatch(name -> before.get(name).values().equals(after.get(name).values()))) {
      LOG.warn(
          "iterations {} to {} changed no variable; all gradients of {} were 0. Check the weights"
              + " that training started from",
          plan.from(),
          plan.until(),
          PluginFailed.name("parametrization", parametrization.getClass()));
    }
  }

  private void check(Trained from, Plan plan) {
    if (from.iteration() != plan.from()) {
      throw new RefusedException(
          "iteration", from.iteration(), "the beginning of the plan, " + plan.from());
    }
    long perEpoch = Plan.of(plan.training(), train.size()).perEpoch();
    if (plan.perEpoch() != perEpoch) {
      throw new RefusedException(
          "plan",
          plan.perEpoch() + " iterations per epoch",
          perEpoch + " iterations per epoch for these examples");
    }
    Refusals.require(refusals -> ForwardCheck.lastBatch(network, data, plan.training(), refusals));
  }

  /**
   * Creates a copy of the network with given weights, for differentiation.
   *
   * @param scoring the inputs of the criterion
   * @param weights all parameters of the network
   * @param precision FLOAT32 or FLOAT64
   * @param batchNorm the statistics that batch norm uses
   * @return the network at these weights, to be closed by the caller
   */
  @Override
  public Gradients at(
      Scoring scoring, State weights, DataType precision, Gradients.BatchNorm batchNorm) {
    return at(scoring, weights, precision, batchNorm, PassListener.UNHEARD);
  }

  /**
   * Creates a copy of the network with given weights, for differentiation.
   *
   * @param scoring the inputs of the criterion
   * @param weights all parameters of the network
   * @param precision FLOAT32 or FLOAT64
   * @param batchNorm the statistics that batch norm uses
   * @param passes the listener for passes
   * @return the network at these weights, to be closed by the caller
   */
  public Gradients at(
      Scoring scoring,
      State weights,
      DataType precision,
      Gradients.BatchNorm batchNorm,
      PassListener passes) {
    DeviceGradients.Passes options =
        new DeviceGradients.Passes(precision, batchNorm, scoring.random().nextInt(), passes);
    return DeviceMemory.guard(
        manager,
        () ->
            new DeviceGradients(
                network, train, manager.newSubManager(), weights, scoring.mask(), options));
  }

  /**
   * Computes the analysis of a mask by differentiation. With every living weight positive, biases 0
   * and initial batch norm, the output for positive inputs is a weighted count of the paths. Its
   * derivative with respect to a weight is positive where the weight is on a path. This holds for
   * any block of convolutions, linear layers, ReLU, pooling, batch norm, residual sums and
   * concatenations. A weight of a kernel that applies only to padding is on no path.
   *
   * <p>Max-pooling propagates one position of each window only, so several draws of weights and
   * inputs are used. Where its windows cover maps of a few pixels under a very sparse mask, a
   * weight can still be missed. The counts are then too low, never too high.
   *
   * <p>Blocks with a non-zero output for an input of 0, such as a sigmoid, can add units to the
   * count. Blocks that subtract, such as layer norm, or multiply units, such as attention, can hide
   * paths. So the dense network is analysed first, once. Where this fails or misses weights, the
   * numbers on paths are empty for all masks, and a warning is logged. A layer that the output does
   * not depend on is not missed.
   *
   * @param mask the mask
   * @return the analysis
   */
  public Analysis analyse(Mask mask) {
    return DeviceMemory.guard(manager, () -> analysis.of(network, mask));
  }

  /**
   * Returns the exception to throw for a computation outside this class on its device.
   *
   * @param thrown the exception of the computation
   * @return a failure of the trial with advice if memory ran out, else the same exception
   */
  public RuntimeException failure(RuntimeException thrown) {
    return DeviceMemory.failure(manager, thrown);
  }

  /** Frees the memory that PyTorch caches on a GPU; a no-op on a CPU. */
  public void freeCache() {
    DeviceMemory.freeCache(manager);
  }

  /** Frees all arrays of this engine on the device. */
  @Override
  public void close() {
    train.close();
    validation.close();
    test.close();
    manager.close();
  }

  /** A running training: its variables, statistics and moments on the device. */
  private final class Session implements AutoCloseable {

    private final NDManager session = manager.newSubManager();
    private final EffectiveParameters parameters = new EffectiveParameters(network, session);
    private final List<NDArray> losses = new ArrayList<>();
    private final List<Long> sizes = new ArrayList<>();
    private final List<NDList> scores = new ArrayList<>();
    private final Seed seed;
    private final Plan plan;
    private final Parametrization.OnDevice parametrization;
    private final EpochMonitor monitor;
    private final Optional<Deficit.OnDevice> deficit;
    private final Map<String, NDArray> variables;
    private final FlatVariables flat;
    private Trained.Running running;
    private History history;
    private Optional<Record> memory;
    private Indices order;
    private long epoch = -1;

    Session(
        Seed seed, Trained from, Parametrization parametrization, Plan plan, EpochMonitor monitor) {
      this.seed = seed;
      this.plan = plan;
      this.monitor = monitor;
      try {
        this.parametrization = new CheckedOnDevice(network, parametrization, from.state(), session);
        deficit = data.deficit().map(wrong -> wrong.on(data, seed, session));
        flat =
            new FlatVariables(
                network,
                parametrization,
                plan.training().optimizer(),
                from,
                session,
                FlatVariables.largest(session.getDevice()));
        variables = flat.arrays();
        running = from.running();
        history = from.history();
        memory = isMonitored() ? from.memory() : Optional.empty();
        try (NDScope scope = new NDScope()) {
          scope.suppressNotUsedWarning();
          this.parametrization.at(plan.from(), plan.total());
          this.parametrization.project(variables);
          Map<String, NDArray> effective = this.parametrization.forward(variables);
          from.state()
              .tensors()
              .forEach(
                  (name, tensor) -> {
                    if (!effective.containsKey(name)) {
                      NDArray fixed = tensor.on(session);
                      NDScope.unregister(fixed);
                      parameters.put(name, fixed);
                    }
                  });
        }
      } catch (RuntimeException e) {
        session.close();
        throw e;
      }
    }

    void step(long i) {
      if (i / plan.perEpoch() != epoch) {
        shuffle(i / plan.perEpoch());
      }
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        Indices rows = batch(i);
        NDArray targets = train.targets(rows);
        NDArray features =
            train.isAugmented()
                ? train.augmented(rows, seed.stream("augment", i))
                : train.features(rows);
        if (i + 1 < plan.until() && (i + 1) % plan.perEpoch() != 0) {
          train.expect(rows(i + 1));
        }
        if (data.deficit().filter(wrong -> wrong.lasts(epoch)).isPresent()) {
          targets = deficit.get().labels(targets, rows.array());
          features = deficit.get().features(features);
        }
        parametrization.at(i, plan.total());
        Map<String, NDArray> leaves =
            leaves(parametrization.sample(variables, seed.stream("sample", i)));
        // Blocks that draw from PyTorch's generator get the same numbers again.
        manager.getEngine().setRandomSeed(seed.stream("dropout", i).nextInt());
        NDArray outputs;
        NDArray loss;
        try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
          outputs = forward(features, true);
          loss = data.objective().loss(outputs, targets);
          collector.backward(loss);
        }
        remember(loss, data.objective().scores(outputs, targets), rows.rows().length);
        if (losses.size() == UNREAD_STEPS || isSeenToFail(loss)) {
          read(i);
        }
        leaves.replaceAll((name, leaf) -> leaf.getGradient());
        flat.step(
            plan.learningRate(i), update -> parametrization.pullback(variables, leaves, update));
        parametrization.project(variables);
      }
    }

    /**
     * Creates new aliases for autograd in each step. Their gradients start empty, so no reset is
     * needed, and the variables can be updated in place.
     */
    private Map<String, NDArray> leaves(Map<String, NDArray> effective) {
      Map<String, NDArray> leaves = new LinkedHashMap<>();
      effective.forEach(
          (name, array) -> {
            NDArray leaf = array.stopGradient();
            leaf.setRequiresGradient(true);
            parameters.put(name, leaf);
            leaves.put(name, leaf);
          });
      return leaves;
    }

    private NDArray forward(NDArray features, boolean training) {
      NDList outputs = network.block().forward(parameters, new NDList(features), training);
      return ForwardCheck.output(network, data, outputs, features.getShape().get(0));
    }

    private void shuffle(long newEpoch) {
      if (order != null) {
        order.array().close();
      }
      order = Indices.of(seed.order(newEpoch, train.size()), session);
      epoch = newEpoch;
    }

    /** Returns the examples of an iteration of this epoch. */
    private Indices batch(long i) {
      int first = first(i);
      int[] rows = rows(i);
      return new Indices(
          rows, order.array().get(new NDIndex().addSliceDim(first, first + rows.length)));
    }

    private int[] rows(long i) {
      int first = first(i);
      int end = Math.min(first + plan.training().batchSize(), train.size());
      return Arrays.copyOfRange(order.rows(), first, end);
    }

    private int first(long i) {
      return Math.toIntExact(i % plan.perEpoch() * plan.training().batchSize());
    }

    /**
     * Reads the loss after each step on a CPU, without a transfer, so that training stops at the
     * step that failed.
     */
    private boolean isSeenToFail(NDArray loss) {
      return !manager.getDevice().isGpu() && !Double.isFinite(HostCopy.number(loss));
    }

    /** Stores a step's loss and scores on the device, to be read in batches. */
    private void remember(NDArray loss, NDList its, long examples) {
      NDArray value = loss.stopGradient();
      NDScope.unregister(value);
      its.forEach(NDScope::unregister);
      losses.add(value);
      scores.add(its);
      sizes.add(examples);
    }

    private void read(long i) {
      if (losses.isEmpty()) {
        return;
      }
      // Adds to the running sum step by step: the time of the read must not change its bits.
      double loss = running.loss();
      long examples = running.examples();
      List<Double> sums = new ArrayList<>();
      try (NDArray stacked = NDArrays.stack(new NDList(losses))) {
        float[] values = HostCopy.floats(stacked);
        for (int s = 0; s < values.length; s++) {
          if (!Float.isFinite(values[s])) {
            throw notFinite("training", i - values.length + 1 + s, values[s]);
          }
          loss += (double) values[s] * sizes.get(s);
          examples += sizes.get(s);
        }
        for (int score = 0; score < scores.get(0).size(); score++) {
          sums.add(sum(score, running.scores().isEmpty() ? 0 : running.scores().get(score)));
        }
      } finally {
        forget();
      }
      running = new Trained.Running(examples, loss, sums);
    }

    /** Adds one score of all examples to a sum, one by one. */
    private double sum(int score, double start) {
      NDList each = new NDList(scores.stream().map(its -> its.get(score)).toList());
      double sum = start;
      try (NDArray joined = NDArrays.concat(each);
          NDArray numbers = joined.toType(DataType.FLOAT32, false)) {
        for (float value : HostCopy.floats(numbers)) {
          sum += value;
        }
      }
      return sum;
    }

    private void forget() {
      losses.forEach(NDArray::close);
      scores.forEach(NDList::close);
      losses.clear();
      scores.clear();
      sizes.clear();
    }

    private TrialFailed notFinite(String what, long i, double loss) {
      int shown = 12;
      String rest =
          variables.size() <= shown ? "" : "\n  and " + (variables.size() - shown) + " more";
      String sizes =
          variables.entrySet().stream()
              .limit(shown)
              .map(
                  entry -> {
                    float[] values = HostCopy.floats(entry.getValue());
                    float largest = 0;
                    int broken = 0;
                    for (float value : values) {
                      largest = Math.max(largest, Math.abs(value));
                      broken += Float.isFinite(value) ? 0 : 1;
                    }
                    return String.format(
                        Locale.ROOT,
                        "  %s: largest magnitude %.3g, not finite %d of %d",
                        entry.getKey(),
                        largest,
                        broken,
                        values.length);
                  })
              .collect(Collectors.joining("\n"));
      return new TrialFailed(
          "the "
              + what
              + " loss of iteration "
              + i
              + " is "
              + loss
              + " at learning rate "
              + plan.learningRate(i)
              + "; try a smaller one, or a warm-up. Finished steps are kept. The variables now:\n"
              + sizes
              + rest);
    }

    History.Point measure(long iteration) {
      read(iteration - 1);
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        parametrization.at(iteration, plan.total());
        parametrization.forward(variables).forEach(parameters::put);
        History.Point point =
            new History.Point(
                iteration,
                running.mean(data),
                evaluate("validation", validation, iteration),
                evaluate("test", test, iteration));
        history = history.with(point);
        running = Trained.Running.NONE;
        return point;
      }
    }

    private Evaluation evaluate(String what, DeviceExamples examples, long iteration) {
      if (examples.size() == 0) {
        return Evaluation.NONE;
      }
      Objective objective = data.objective();
      NDList each = new NDList();
      NDList weights = new NDList();
      List<NDList> scores = new ArrayList<>();
      Task task = data.task();
      long largest = Math.max(task.input().size(), task.output().size());
      long fitting = Math.max(1, EVALUATION_VALUES / largest);
      int batch = (int) Math.min(EVALUATION_BATCH, fitting);
      for (int from = 0; from < examples.size(); from += batch) {
        int to = Math.min(from + batch, examples.size());
        try (NDScope scope = new NDScope()) {
          scope.suppressNotUsedWarning();
          NDArray outputs = forward(examples.features(from, to), false);
          NDArray targets = examples.targets(from, to);
          kept(each, objective.losses(outputs, targets));
          objective.weights(targets).ifPresent(weight -> kept(weights, weight));
          NDList its = objective.scores(outputs, targets);
          for (int score = 0; score < its.size(); score++) {
            if (from == 0) {
              scores.add(new NDList());
            }
            kept(scores.get(score), its.get(score));
          }
        }
      }
      try (NDScope scope = new NDScope();
          each;
          weights) {
        scope.suppressNotUsedWarning();
        double loss = mean(each, weights);
        if (!Double.isFinite(loss)) {
          throw notFinite(what, iteration - 1, loss);
        }
        List<Double> means = scores.stream().map(score -> mean(score, weights)).toList();
        return new Evaluation(loss, objective.values(loss, means, examples.examples()));
      } finally {
        scores.forEach(NDList::close);
      }
    }

    private static void kept(NDList list, NDArray array) {
      NDScope.unregister(array);
      list.add(array);
    }

    /** Computes the mean over all examples in float64, weighted if there are weights. */
    private static double mean(NDList each, NDList weights) {
      NDArray values = NDArrays.concat(each).toType(DataType.FLOAT64, false);
      if (weights.isEmpty()) {
        return HostCopy.number(values.mean());
      }
      NDArray w = NDArrays.concat(weights).toType(DataType.FLOAT64, false);
      return HostCopy.number(values.mul(w).sum().div(w.sum()));
    }

    private boolean isMonitored() {
      return !monitor.equals(EpochMonitor.none());
    }

    /** Returns the position if the monitor ends the training here; empty within an epoch. */
    Optional<Trained> observe(long iteration) {
      if (!isMonitored() || iteration % plan.perEpoch() != 0) {
        return Optional.empty();
      }
      Trained before = sofar(iteration);
      Record observed =
          PluginFailed.nonNull(
              "epoch monitor", monitor, "memory", monitor.observe(network, before));
      if (!monitor.memoryType().isInstance(observed)) {
        throw new PluginFailed(
            "epoch monitor",
            monitor,
            new Refusal(
                "memory", observed.getClass().getName(), "its " + monitor.memoryType().getName()));
      }
      Trained now = before.withMemory(observed);
      memory = now.memory();
      return Optional.of(now).filter(monitor::isEnough);
    }

    Trained sofar(long iteration) {
      read(iteration - 1);
      IdentityHashMap<NDArray, Tensor> copies = new IdentityHashMap<>();
      Map<String, Tensor> own = new LinkedHashMap<>();
      variables.forEach((name, array) -> own.put(name, copies.computeIfAbsent(array, Tensor::of)));
      Map<String, Tensor> effective = new LinkedHashMap<>();
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        parametrization.at(iteration, plan.total());
        Map<String, NDArray> forward = parametrization.forward(variables);
        for (String name : network.parameters().keySet()) {
          NDArray array = forward.containsKey(name) ? forward.get(name) : parameters.get(name);
          effective.put(name, copies.computeIfAbsent(array, Tensor::of));
        }
      }
      return new Trained(
          iteration, State.of(effective), State.of(own), flat.moments(), running, history, memory);
    }

    @Override
    public void close() {
      forget();
      session.close();
    }
  }
}
