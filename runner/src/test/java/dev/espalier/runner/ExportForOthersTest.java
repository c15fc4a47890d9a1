// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.data.Prepared;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.runner.run.Runs;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Safetensors.Array;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/** Exports with which other programs compute the same masks and trainings. */
@Tag("slow")
class ExportForOthersTest extends CommandTest {

  private static final String[] SNIP = {
    "method=null",
    "method={ id = prune-at-init, densities = [0.5, 0.1], rounds = 3,"
        + " criterion = { id = snip, examples = 100 } }"
  };

  private static final List<String> LAYERS = List.of("fc1.weight", "fc2.weight");

  @TempDir private static Path shared;

  /** Runs with their store: by magnitude, by SNIP, and by knowledge evolution. */
  private static Path magnitude;

  private static Path snip;
  private static Path evolution;

  @TempDir private Path root;
  private Path to;

  @BeforeAll
  static void run() {
    Runs runs = new Runs(shared);
    magnitude = runs.run("controls=[reinit, shuffle]");
    snip = runs.run(SNIP);
    evolution = runs.run("method=null", "method={ id = knowledge-evolution, generations = 2 }");
  }

  @BeforeEach
  void empty() {
    to = root.resolve("out");
  }

  /** Copies a run without its store. */
  private Path copy(Path run) throws IOException {
    Path copy = root.resolve("runs").resolve(run.getFileName());
    for (Path file : Runs.files(run)) {
      Path target = copy.resolve(run.relativize(file).toString());
      Files.createDirectories(target.getParent());
      Files.copy(file, target);
    }
    return copy;
  }

  private Map<String, Array> arrays(String file) throws IOException {
    return Safetensors.read(to.resolve(file + ".safetensors")).arrays();
  }

  private static int[] ints(Array array) {
    int[] values = new int[Math.toIntExact(array.shape().size())];
    array.bytes().duplicate().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(values);
    return values;
  }

  /** The living weights with the highest scores of a layer; of equal ones, the first is removed. */
  private static BitSet best(double[] scores, BitSet alive, int kept) {
    List<Integer> order =
        alive.stream().boxed().sorted(Comparator.comparingDouble(i -> scores[i])).toList();
    BitSet best = new BitSet();
    order.subList(order.size() - kept, order.size()).forEach(best::set);
    return best;
  }

  private void assertScoresMakeTheMask(String ticket) throws IOException {
    Map<String, Array> scores = arrays(ticket + ".scores");
    assertThat(scores.keySet())
        .containsExactlyInAnyOrder(
            "scores/fc1.weight", "scores/fc2.weight", "alive/fc1.weight", "alive/fc2.weight");
    for (String layer : LAYERS) {
      BitSet mask = arrays(ticket).get("mask/" + layer).alive();
      BitSet alive = scores.get("alive/" + layer).alive();
      double[] values = scores.get("scores/" + layer).doubles();
      assertThat(scores.get("scores/" + layer).type()).isEqualTo("F64");
      assertThat(best(values, alive, mask.cardinality())).as(layer).isEqualTo(mask);
    }
  }

  /** Magnitude pruning by layer: the scores are the weights after the training before. */
  @Test
  void scoresOfEachRoundAreThoseOfTheTrainedWeightsBefore() throws IOException {
    assertDone(espalier("export", magnitude, "--to", to, "--scores"));
    for (int round = 1; round <= 2; round++) {
      String ticket = "replicate-0-round-0" + round;
      Map<String, Array> before = arrays("replicate-0-round-0" + (round - 1));
      Map<String, Array> scores = arrays(ticket + ".scores");
      for (String layer : LAYERS) {
        assertThat(scores.get("alive/" + layer)).isEqualTo(before.get("mask/" + layer));
        BitSet alive = scores.get("alive/" + layer).alive();
        double[] found = scores.get("scores/" + layer).doubles();
        for (int i = alive.nextSetBit(0); i >= 0; i = alive.nextSetBit(i + 1)) {
          float trained = before.get("trained/" + layer).tensor().get(i);
          assertThat(found[i]).isEqualTo(Math.abs((double) trained));
        }
      }
      assertScoresMakeTheMask(ticket);
      assertThat(arrays(ticket + "-reinit.scores")).isEqualTo(scores);
    }
    assertThat(Safetensors.read(to.resolve("replicate-0-round-02.scores.safetensors")).metadata())
        .containsEntry("ticket", "replicate-0-round-02")
        .containsEntry("criterion", "magnitude")
        .containsEntry("scope", "layer")
        .containsEntry("ties", "exact")
        .containsEntry("round", "2");
    for (String none : List.of("00", "01-shuffle", "02-shuffle")) {
      assertThat(to.resolve("replicate-0-round-" + none + ".scores.safetensors")).doesNotExist();
      assertThat(out)
          .containsPattern("round-" + none + ".*--scores: found a mask that no criterion made");
    }
  }

  @Test
  void scoresOfPruningInRoundsAreThoseOfTheLastRound() throws IOException {
    assertDone(espalier("export", snip, "--to", to, "--scores"));
    for (String ticket : List.of("replicate-0-round-01", "replicate-0-round-02")) {
      BitSet alive = arrays(ticket + ".scores").get("alive/fc1.weight").alive();
      BitSet mask = arrays(ticket).get("mask/fc1.weight").alive();
      assertThat(alive.cardinality()).isBetween(mask.cardinality() + 1, 784 * 16 - 1);
      double[] scores = arrays(ticket + ".scores").get("scores/fc1.weight").doubles();
      double lowest = mask.stream().mapToDouble(i -> scores[i]).min().orElseThrow();
      alive.andNot(mask);
      assertThat(alive.stream().mapToDouble(i -> scores[i]).max().orElseThrow())
          .isLessThanOrEqualTo(lowest);
    }
  }

  @Test
  void pruningAtInitialisationNeedsNoStore() throws IOException {
    Path ticket = copy(snip).resolve("tickets/replicate-0-round-02");
    assertDone(espalier("export", ticket, "--to", to, "--scores"));
    assertThat(to.resolve("replicate-0-round-02.scores.safetensors")).exists();
  }

  @Test
  void aTrainingThatIsNoLongerInTheStoreIsRefused() throws IOException {
    int code = espalier("export", copy(magnitude), "--to", to, "--scores");
    assertMistake(
        code,
        "replicate-0-round-01.json: --scores: found a training behind its mask that is not in "
            + root.resolve("store"),
        "replicate-0-round-02.json: --scores: found a training",
        "Run its experiment again");
    assertThat(err).doesNotContain("round-00.json");
    assertThat(to).doesNotExist();
  }

  @Test
  void aMaskWithoutACriterionHasNoScores() throws IOException {
    List<Path> records =
        Runs.files(evolution.resolve("tickets")).stream()
            .filter(file -> file.toString().endsWith(".json"))
            .toList();
    assertThat(records).hasSizeGreaterThan(2);
    for (Path record : records) {
      String ticket = record.getFileName().toString().replace(".json", "");
      int code = espalier("export", record, "--to", to, "--scores");
      assertMistake(
          code, ticket + ".json: --scores: found a mask that no criterion made, allowed is one");
    }
    assertThat(to).doesNotExist();
  }

  @Test
  void anExportHasNoRunToComputeScores() {
    Path ticket = magnitude.resolve("tickets/replicate-0-round-01");
    assertDone(espalier("export", ticket, "--to", to));
    assertMistake(
        espalier("export", to.resolve("replicate-0-round-01"), "--to", root, "--scores"),
        "--scores: found a ticket without its run",
        "Export the ticket of the run");
  }

  @Test
  void anotherMaskThanTheRecordedOneIsRefused() throws IOException {
    Path run = copy(snip);
    Path conf = run.resolve("experiment.conf");
    Files.writeString(conf, Files.readString(conf).replace("examples=100", "examples=99"));
    assertMistake(
        espalier("export", run.resolve("tickets/replicate-0-round-01"), "--to", to, "--scores"),
        "--scores: found another mask than the recorded one, allowed is the same version");
  }

  /** The slices are those that docs/streams.md gives in Python. */
  @Test
  void theOrderHasTheRowsOfEachBatch() throws IOException {
    String[] sets = {"method.rounds=1", "method.rewind-to=30", "training.batch-size=300"};
    Runs runs = new Runs(root);
    assertDone(espalier("export", runs.run(sets), "--to", to, "--order"));
    int examples = runs.experiment(sets).first().data().load(1, Prepared.inMemory()).train().size();
    long perEpoch = (examples + 299L) / 300;
    for (int round = 0; round <= 1; round++) {
      long first = 30; // the stretch of the dense ticket starts there too
      String name = "replicate-0-round-0" + round;
      Safetensors file = Safetensors.read(to.resolve(name + ".order.safetensors"));
      assertThat(file.metadata())
          .containsEntry("ticket", name)
          .containsEntry("first-iteration", Long.toString(first))
          .containsEntry("last-iteration", "39")
          .containsEntry("iterations-per-epoch", Long.toString(perEpoch))
          .containsEntry("batch-size", "300")
          .containsEntry("last-batch", "keep")
          .containsEntry("seed", "1")
          .containsEntry("replicate", "0");
      Array order = file.arrays().get("order");
      long from = first / perEpoch;
      assertThat(order.type()).isEqualTo("I32");
      assertThat(order.shape().getShape()).containsExactly(39 / perEpoch - from + 1, examples);
      assertThat(ints(order))
          .isEqualTo(
              IntStream.rangeClosed((int) from, (int) (39 / perEpoch))
                  .mapToObj(epoch -> new Seed(1, 0).order(epoch, examples))
                  .flatMapToInt(Arrays::stream)
                  .toArray());
    }
  }

  /** The Python of docs/streams.md draws the streams of this version, and slices their batches. */
  @Test
  void theDocumentedPythonGivesTheSameStreamsAndBatches() throws Exception {
    String page = Files.readString(Path.of("../docs/streams.md"));
    StringBuilder script = new StringBuilder();
    Matcher blocks = Pattern.compile("```python\\R(.*?)```", Pattern.DOTALL).matcher(page);
    while (blocks.find()) {
      script.append(blocks.group(1)).append('\n');
    }
    script.append(
        """
        meta = {"batch-size": "4", "iterations-per-epoch": "3", "first-iteration": "5"}
        order = [Stream(1, 0, "order", epoch).permutation(10) for epoch in (1, 2)]
        print(order[0], batch(order, meta, 5), batch(order, meta, 7))
        print([Stream(1, 0, "init", 0).double(), Stream(1, 0, "init", 0).boolean()])
        derived = Stream(1, 0, "generation", 2).long()
        print(Stream(derived - (derived >> 63 << 64), 0, "order", 0).permutation(300))
        print(Stream(1, 0, "scores", 0xfedcba9876543210).below(3 << 29))
        """);
    Path file = Files.writeString(root.resolve("streams.py"), script);
    Path output = root.resolve("python.txt");
    Process python;
    try {
      python =
          new ProcessBuilder("python3", file.toString())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
    } catch (IOException e) {
      throw new TestAbortedException("python3 is not on this machine", e);
    }
    assertThat(python.waitFor()).as(Files.readString(output)).isZero();
    Seed seed = new Seed(1, 0);
    int[] first = seed.order(1, 10);
    int[] second = seed.order(2, 10);
    RandomStream init = seed.stream("init", 0);
    assertThat(Files.readAllLines(output))
        .containsExactly(
            Arrays.toString(first)
                + " "
                + Arrays.toString(Arrays.copyOfRange(first, 8, 10))
                + " "
                + Arrays.toString(Arrays.copyOfRange(second, 4, 8)),
            "["
                + init.nextDouble()
                + ", "
                + (seed.stream("init", 0).nextBoolean() ? "True" : "False")
                + "]",
            Arrays.toString(seed.derive("generation", 2).order(0, 300)),
            Integer.toString(seed.stream("scores", 0xfedcba9876543210L).nextInt(3 << 29)));
  }

  /** Generations draw from derived seeds. */
  @Test
  void theOrderOfAGenerationIsThatOfItsSeed() throws IOException {
    assertDone(espalier("export", evolution, "--to", to, "--order"));
    for (int generation = 1; generation <= 2; generation++) {
      int[] order = ints(arrays("replicate-0-round-0" + generation + ".order").get("order"));
      Seed seed = generation == 1 ? new Seed(1, 0) : new Seed(1, 0).derive("generation", 2);
      assertThat(order).isEqualTo(seed.order(0, order.length));
    }
  }

  @Test
  void theOrderOfANetworkThatIsOnlySearchedIsThatOfTheSearch() throws IOException {
    Path run =
        new Runs(root).run("method=null", "method={ id = edge-popup }", "training.last-batch=drop");
    Path ticket = run.resolve("tickets/replicate-0-round-01");
    assertDone(espalier("export", ticket, "--to", to, "--order"));
    Safetensors file = Safetensors.read(to.resolve("replicate-0-round-01.order.safetensors"));
    assertThat(file.metadata())
        .containsEntry("first-iteration", "0")
        .containsEntry("last-iteration", "39")
        .containsEntry("last-batch", "drop");
  }

  @Test
  void anOrderOfARecordWithoutExamplesIsRefused() throws IOException {
    Path json = copy(magnitude).resolve("tickets/replicate-0-round-01.json");
    Files.writeString(
        json, Files.readString(json).replaceAll("\"training-examples\": \"\\d+\",", ""));
    assertMistake(
        espalier("export", json, "--to", to, "--order"),
        "--order: found a training without its number of examples");
  }

  @Test
  void anImportTakesTheTicketsOfSuchAFolder() throws IOException {
    assertDone(espalier("export", magnitude, "--to", to, "--scores", "--order"));
    Path elsewhere = root.resolve("elsewhere");
    assertDone(espalier("import", to, "--dir", elsewhere));
    Path imported = only(elsewhere.resolve("runs"));
    assertThat(Runs.files(imported.resolve("tickets"))).hasSize(2 * 7);
    Path again = root.resolve("again");
    assertDone(espalier("export", imported, "--to", again, "--order"));
    String order = "replicate-0-round-01.order.safetensors";
    assertThat(again.resolve(order)).hasSameBinaryContentAs(to.resolve(order));
    assertMistake(
        espalier("export", imported, "--to", again, "--scores"),
        "--scores: found a training behind its mask that is not in " + elsewhere.resolve("store"));
  }

  private static Path only(Path folder) throws IOException {
    try (var folders = Files.list(folder)) {
      return folders.findFirst().orElseThrow();
    }
  }
}
