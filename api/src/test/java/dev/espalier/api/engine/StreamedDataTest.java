// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Blur;
import dev.espalier.api.data.Classification;
import dev.espalier.api.data.Crop;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Flip;
import dev.espalier.api.data.Inputs;
import dev.espalier.api.data.LabelNoise;
import dev.espalier.api.data.LanguageModelling;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.data.Regression;
import dev.espalier.api.data.Rows;
import dev.espalier.api.data.SquaredError;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.Sgd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Examples that do not fit on the device: same order, same bits, in bounded memory. */
class StreamedDataTest {

  private static final Seed SEED = new Seed(1, 0);
  private static final long NOTHING = 0;

  static Stream<Data> data() {
    Data plain = TinyProblem.data(50, 20, 20);
    Data moved = plain.withAugmentations(List.of(new Crop(1), new Flip(0.5)));
    return Stream.of(
        plain,
        moved,
        moved.withDeficit(new LabelNoise(0, 2, 0.5)),
        plain.withDeficit(new Blur(0, 2, 2)),
        numbers());
  }

  /** Numbers with numbers as targets. */
  private static Data numbers() {
    Shape shape = TinyProblem.INPUT;
    List<Examples> parts = new ArrayList<>();
    for (int n : new int[] {50, 0, 20}) {
      float[] features = new float[Math.toIntExact(n * shape.size())];
      float[] targets = new float[n * TinyProblem.CLASSES];
      for (int i = 0; i < features.length; i++) {
        features[i] = SEED.stream("features", i).nextInt(100) / 100f;
      }
      for (int i = 0; i < targets.length; i++) {
        targets[i] = SEED.stream("targets", i).nextInt(100) / 100f;
      }
      parts.add(
          new Examples(
              Rows.ofFloats(features, shape),
              Rows.ofFloats(targets, new Shape(TinyProblem.CLASSES))));
    }
    return new Data(
        "numbers",
        parts.get(0),
        parts.get(1),
        parts.get(2),
        Inputs.of(shape, Normalisation.NONE),
        0,
        new Regression(SquaredError.Choice.R2),
        Optional.empty());
  }

  @ParameterizedTest
  @MethodSource("data")
  void aTrainingHasTheBitsOfOneWithAllExamplesOnTheDevice(Data data) {
    State resident = train(data, Long.MAX_VALUE, 20).state();
    assertThat(train(data, NOTHING, 20)).isEqualTo(train(data, Long.MAX_VALUE, 20));
    assertThat(train(data, NOTHING, 20).state()).isEqualTo(resident);
    assertThat(train(data, NOTHING, 9).state()).isNotEqualTo(resident);
  }

  @Test
  void aTrainingThatResumesHasTheBitsOfOneWithoutAPause() {
    Data data = data().toList().get(1);
    Plan plan = plan(data, 20);
    try (Network network = TinyProblem.convolutional();
        TrainingEngine engine = new TrainingEngine(network, data, Device.cpu(), NOTHING)) {
      Parametrization dense = Parametrization.dense();
      Trained begin = begin(network);
      Trained half =
          engine.train(SEED, begin, dense, plan.until(9), TrainingListener.NONE); // in an epoch
      assertThat(engine.train(SEED, half, dense, plan.from(9), TrainingListener.NONE))
          .isEqualTo(engine.train(SEED, begin, dense, plan, TrainingListener.NONE));
    }
  }

  @Test
  void anotherNetworkSharesTheExamples() {
    Data data = TinyProblem.data(50, 20, 20);
    Plan plan = plan(data, 9);
    Parametrization dense = Parametrization.dense();
    try (Network network = TinyProblem.convolutional();
        Network other = TinyProblem.linear();
        TrainingEngine engine = new TrainingEngine(network, data, Device.cpu(), NOTHING);
        TrainingEngine resident = new TrainingEngine(other, data, Device.cpu())) {
      engine.train(SEED, begin(network), dense, plan, TrainingListener.NONE);
      assertThat(
              engine
                  .withNetwork(other)
                  .train(SEED, begin(other), dense, plan, TrainingListener.NONE))
          .isEqualTo(resident.train(SEED, begin(other), dense, plan, TrainingListener.NONE));
    }
  }

  @Test
  void tokensAreStreamedWithTheirTargets() {
    int[] tokens = IntStream.range(0, 40).map(i -> i * 7 % 11).toArray();
    Rows rows = Rows.ofInts(tokens, new Shape(4));
    Examples examples = new Examples(rows, rows.take(9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    Data data =
        new Data(
            "tokens",
            examples,
            examples.take(),
            examples,
            Inputs.ofTokens(4, 11),
            11,
            new LanguageModelling(),
            Optional.empty());
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        DeviceExamples streamed = new DeviceExamples(examples, data, false, manager);
        DeviceExamples resident = new DeviceExamples(examples, data, manager)) {
      for (int[] some : new int[][] {{3, 1}, {9, 0, 0}, {5}}) {
        streamed.expect(some[0] == 9 ? new int[] {1} : some); // once other rows than expected
        Indices indices = Indices.of(some, manager);
        assertThat(streamed.features(indices).toLongArray())
            .isEqualTo(resident.features(indices).toLongArray());
        assertThat(streamed.targets(indices).toLongArray())
            .isEqualTo(resident.targets(indices).toLongArray());
      }
      assertThat(streamed.features(2, 5).toLongArray())
          .isEqualTo(resident.features(2, 5).toLongArray());
    }
  }

  @Test
  void aFaultOfTheThreadReachesTheTraining() {
    Data data = TinyProblem.data(50, 20, 20);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        DeviceExamples streamed = new DeviceExamples(data.train(), data, false, manager)) {
      streamed.expect(50);
      Indices indices = Indices.of(new int[] {0}, manager);
      assertThatThrownBy(() -> streamed.features(indices))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("examples cannot be read");
      assertThat(streamed.features(indices).size()).isEqualTo(TinyProblem.INPUT.size());
    }
  }

  @Test
  void theThreadEndsWithTheEngine() throws InterruptedException {
    train(TinyProblem.data(50, 20, 20), NOTHING, 9);
    for (int i = 0; i < 200 && threads() > 0; i++) {
      Thread.sleep(10);
    }
    assertThat(threads()).isZero();
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(DeviceTable.THREAD))
        .count();
  }

  @Test
  void aFileLargerThanTheMemoryTrainsInBoundedMemory(@TempDir Path folder) throws IOException {
    Shape shape = new Shape(3, 64, 64);
    int perPart = 80_000; // 983 MB
    int examples = 6 * perPart - 17;
    Path file = folder.resolve("pixels");
    long rowBytes = shape.size();
    List<ByteBuffer> parts = new ArrayList<>();
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.SPARSE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), examples * rowBytes - 1);
      for (long row = 0; row < examples; row += perPart) {
        long size = Math.min(perPart, examples - row) * rowBytes;
        parts.add(channel.map(FileChannel.MapMode.READ_ONLY, row * rowBytes, size));
      }
    }
    assertThat(Files.size(file)).isGreaterThan(5L << 30);
    Rows features = Rows.ofBytes(parts, shape, Optional.of(Digest.of("zeros")));
    int[] labels = IntStream.range(0, examples).map(i -> i % TinyProblem.CLASSES).toArray();
    Examples train = new Examples(features, Rows.ofInts(labels, new Shape()));
    Examples few = train.take(1, 2, examples - 1);
    Data data =
        new Data("large", train, few.take(), few, Normalisation.NONE, TinyProblem.CLASSES)
            .withObjective(new Classification(0, Classification.Choice.ACCURACY));
    OptionalLong before = privateMemory();
    assumeThat(before).as("the memory of the process").isPresent();
    Plan plan = plan(data, 30);
    NamedBlocks block =
        new NamedBlocks()
            .add(Blocks.batchFlattenBlock())
            .add("out", Linear.builder().setUnits(TinyProblem.CLASSES).build());
    try (Network network = Network.builder("large", block, shape).build();
        TrainingEngine engine = new TrainingEngine(network, data, Device.cpu(), 1L << 30)) {
      Parametrization dense = Parametrization.dense();
      engine.train(
          SEED,
          Trained.begin(network, network.initial(SEED.stream("init", 0)), dense, 0),
          dense,
          plan,
          TrainingListener.NONE);
    }
    // The labels and their order are 12 bytes an example; the pixels would be 5 GB.
    assertThat(privateMemory().orElseThrow() - before.orElseThrow()).isLessThan(500L << 20);
  }

  /** The memory of this process that is no file's, heap and native, where Linux says it. */
  private static OptionalLong privateMemory() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return OptionalLong.empty();
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("RssAnon:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst();
  }

  private static Trained train(Data data, long dataMemory, int iterations) {
    try (Network network = TinyProblem.convolutional();
        TrainingEngine engine = new TrainingEngine(network, data, Device.cpu(), dataMemory)) {
      return engine.train(
          SEED,
          begin(network),
          Parametrization.dense(),
          plan(data, iterations),
          TrainingListener.NONE);
    }
  }

  private static Trained begin(Network network) {
    State start = network.initial(SEED.stream("init", 0));
    return Trained.begin(network, start, Parametrization.dense(), 0);
  }

  private static Plan plan(Data data, int iterations) {
    Span span = Span.iterations(iterations);
    Sgd sgd = new Sgd(0.1, 0.9, false, 1e-3, List.of());
    return Plan.of(
        new Training(sgd, new Constant(), Span.iterations(0), 8, span, Span.iterations(5)),
        data.train().size());
  }
}
