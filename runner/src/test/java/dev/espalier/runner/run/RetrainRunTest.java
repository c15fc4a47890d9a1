// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.results.Lineage;
import dev.espalier.runner.results.StepRecord;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.results.TicketResult;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Safetensors.Array;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class RetrainRunTest {

  private static final String FIRST = "replicate-0-round-01";

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void empty() {
    runs = new Runs(root);
  }

  /** The tiny experiment, whose tickets start from iteration 10. */
  private Path source(String... sets) {
    return runs.run(both(sets, "method.rewind-to=10"));
  }

  private Path retrain(String settings, String... sets) {
    return runs.run(
        both(sets, "name=again", "method=null", "method={ id = retrain, " + settings + " }"));
  }

  private static String[] both(String[] last, String... first) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(List.of(last));
    return all.toArray(String[]::new);
  }

  private static Path ticket(Path run, String name) {
    return run.resolve("tickets").resolve(name + ".safetensors");
  }

  private static State state(Path run, String ticket, String which) throws IOException {
    return Safetensors.read(ticket(run, ticket)).state(which);
  }

  private static Map<String, Array> masks(Path run, String ticket) throws IOException {
    Map<String, Array> masks = new LinkedHashMap<>();
    Safetensors.read(ticket(run, ticket))
        .arrays()
        .forEach(
            (name, array) -> {
              if (name.startsWith("mask/")) {
                masks.put(name.substring("mask/".length()), array);
              }
            });
    return masks;
  }

  @Test
  void startBeginsFromTheWeightsBeforeTrainingOfEveryRoundOfEachReplicate() throws IOException {
    Path source = source("replicates=2");
    Path run = retrain("ticket = " + source, "replicates=2");
    for (StoredTicketResult ticket : StoredTicketResult.at(source)) {
      assertThat(state(run, ticket.name(), "start/"))
          .isEqualTo(state(source, ticket.name(), "start/"));
      assertThat(masks(run, ticket.name())).isEqualTo(masks(source, ticket.name()));
    }
    assertThat(StoredTicketResult.at(run)).hasSize(6).hasSameSizeAs(StoredTicketResult.at(source));
    assertThat(StoredTicketResult.at(run))
        .extracting(ticket -> ticket.row().history().points().get(0).iteration())
        .containsOnly(10L); // measured first after a tenth of the whole training of 40
  }

  @Test
  void trainedBeginsFromTheWeightsAfterTraining() throws IOException {
    Path source = source();
    Path run = retrain("weights = trained, ticket = " + ticket(source, FIRST));
    assertThat(state(run, FIRST, "start/")).isEqualTo(state(source, FIRST, "trained/"));
    assertThat(masks(run, FIRST)).isEqualTo(masks(source, FIRST));
    assertThat(StoredTicketResult.at(run)).hasSize(1);
  }

  @Test
  void freshBeginsFromTheInitialWeightsOfTheExperiment() throws IOException {
    Path source = source("method.rounds=1", "seed=5");
    Path run = retrain("weights = fresh, ticket = " + source);
    Path dense = runs.run("method.rounds=0", "name=dense");
    State initial = state(dense, "replicate-0-round-00", "start/");
    assertThat(state(run, FIRST, "start/"))
        .isEqualTo(initial)
        .isNotEqualTo(state(source, FIRST, "start/"));
    assertThat(masks(run, FIRST)).isEqualTo(masks(source, FIRST));
  }

  @Test
  void shuffledMaskIsTheControlShuffleOfTheStartWeights() throws IOException {
    Path source = source("method.rounds=1");
    Path start = retrain("ticket = " + source, "controls=[shuffle]");
    Path run = retrain("weights = shuffled-mask, round = 1, ticket = " + source);
    String control = FIRST + "-shuffle";
    assertThat(masks(run, FIRST))
        .isEqualTo(masks(start, control))
        .isNotEqualTo(masks(source, FIRST));
    assertThat(state(run, FIRST, "start/")).isEqualTo(state(source, FIRST, "start/"));
    assertThat(state(run, FIRST, "trained/")).isEqualTo(state(start, control, "trained/"));
    assertThat(Runs.found(run)).containsExactly(true);
  }

  /** The trainings have equal keys, since they depend on values and not on files. */
  @Test
  void theSameExperimentTrainsTheSameNetworksAndRemembersThem() throws IOException {
    Path source = runs.run();
    Path run = retrain("ticket = " + source);
    assertThat(Runs.found(run)).containsExactly(true, true, true);
    assertThat(Runs.column(run, "test_accuracy")).isEqualTo(Runs.column(source, "test_accuracy"));
    assertThat(Runs.column(run, "round")).containsExactly("0", "1", "2");
  }

  @Test
  void lineageAndLedgerIncludeTheRecordedStepsOfTheSource() throws IOException {
    Path source = source();
    Path run = retrain("weights = trained, ticket = " + source, "controls=[reinit]");
    TicketResult before = ticketOf(source, "replicate-0-round-02");
    TicketResult after = ticketOf(run, "replicate-0-round-02");
    assertThat(after.account().finding())
        .containsExactlyInAnyOrderElementsOf(before.account().steps().toList());
    assertThat(after.account().training()).hasSize(1);
    assertThat(after.findings())
        .containsEntry("cost-of-source", "counted")
        .containsEntry("source", ticket(source, "replicate-0-round-02").toString());
    StoredTicketResult stored = StoredTicketResult.at(ticket(run, "replicate-0-round-02")).get(0);
    assertThat(new Lineage(root).of(stored))
        .contains(
            "found by: ", "   6  train", "   7  train  ", "from step 5 and step 6, 800 examples")
        .doesNotContain("no longer in the store");
    // A mask on newly drawn weights owes nothing to the trained weights of its source.
    assertThat(ticketOf(run, "replicate-0-round-02-reinit").account().finding())
        .isEqualTo(before.account().finding());
  }

  private static TicketResult ticketOf(Path run, String name) {
    return StoredTicketResult.at(ticket(run, name)).get(0).row();
  }

  @Test
  void theCostOfAForeignMaskIsUnknownAlsoInTheNextRun() throws IOException {
    Path file = write("masks.safetensors", masks(source(), FIRST));
    Path run = retrain("mask = " + file);
    assertThat(ticketOf(run, FIRST).account().finding()).isEmpty();
    assertThat(ticketOf(run, FIRST).findings())
        .containsEntry("cost-of-source", "unknown, not counted");
    Path next = retrain("ticket = " + run, "name=next");
    assertThat(ticketOf(next, FIRST).findings())
        .containsEntry("cost-of-source", "unknown, not counted");
  }

  @Test
  void aForeignMaskOfNumpyIsRenamedAndTrainsTheExperimentsInitialWeights() throws IOException {
    Path source = source("method.rounds=1");
    Map<String, Array> renamed = new LinkedHashMap<>();
    masks(source, FIRST).forEach((name, mask) -> renamed.put("net." + name, mask));
    Path file = root.resolve("masks.npz");
    try (OutputStream out = Files.newOutputStream(file)) {
      writeNumpy(renamed, out);
    }
    Path run = retrain("mask = " + file + ", rename = { net = \"\" }", "controls=[dense, reinit]");
    assertThat(masks(run, FIRST)).isEqualTo(masks(source, FIRST));
    assertThat(state(run, FIRST, "start/")).isEqualTo(state(run, "replicate-0-round-00", "start/"));
    assertThat(Runs.column(run, "branch")).containsExactly("ticket", "ticket", "reinit");
    assertThat(provenance(run).hasPath("tickets")).isTrue();
  }

  /** An archive as numpy.savez writes it, of int8, which a run does not write. */
  private static void writeNumpy(Map<String, Array> arrays, OutputStream out) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, Array> array : arrays.entrySet()) {
        String shape = array.getValue().shape().toString();
        String header = "{'descr': '|i1', 'fortran_order': False, 'shape': " + shape + ", }";
        String padded = header + " ".repeat(64 - (10 + header.length() + 1) % 64) + "\n";
        zip.putNextEntry(new ZipEntry(array.getKey() + ".npy"));
        zip.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        zip.write(
            ByteBuffer.allocate(2)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) padded.length())
                .array());
        zip.write(padded.getBytes(StandardCharsets.US_ASCII));
        ByteBuffer bytes = array.getValue().bytes().duplicate();
        while (bytes.hasRemaining()) {
          zip.write(bytes.get());
        }
        zip.closeEntry();
      }
    }
  }

  private Path write(String name, Map<String, Array> arrays) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Safetensors(arrays, Map.of()).write(out);
    return Files.write(root.resolve(name), out.toByteArray());
  }

  private static Config provenance(Path run) throws IOException {
    return ConfigFactory.parseString(Files.readString(run.resolve("experiment.conf")))
        .getConfig("provenance.data-digests");
  }

  @Test
  void otherBytesOfTheFileAreOtherStepsAndAnotherDigest() throws IOException {
    Path source = source("method.rounds=1");
    Map<String, Array> masks = masks(source, FIRST);
    Path file = write("masks.safetensors", masks);
    Path run = retrain("mask = " + file);
    assertThat(Runs.found(run)).containsExactly(false);
    assertThat(Runs.found(retrain("mask = " + file))).containsExactly(true);
    String digest = provenance(run).getString("tickets");
    Array first = masks.get("fc1.weight");
    byte[] changed = new byte[first.bytes().remaining()];
    first.bytes().duplicate().get(changed);
    changed[0] = (byte) (1 - changed[0]);
    masks.put("fc1.weight", new Array("U8", first.shape(), ByteBuffer.wrap(changed)));
    write("masks.safetensors", masks);
    assertThat(Runs.found(retrain("mask = " + file))).containsExactly(false);
    assertThat(provenance(run).getString("tickets")).isNotEqualTo(digest);
    Path copy = Files.copy(file, root.resolve("copy.safetensors"));
    assertThat(Runs.found(retrain("mask = " + copy))).containsExactly(true);
  }

  @Test
  void everythingThatDoesNotFitIsRefusedTogetherWithBothShapesAndTheFile() throws IOException {
    Path source = source("method.rounds=1");
    assertThatThrownBy(
            () ->
                retrain(
                    "ticket = " + source + ", weights = trained",
                    "model.hidden=[8]",
                    "training.batch-size=0"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll(
            "method.ticket: found fc1.weight of shape (16, 784) in " + source,
            ".safetensors, allowed is shape (8, 784) for parameter fc1.weight",
            "found fc2.weight of shape (10, 16) in ",
            "allowed is shape (10, 8) for parameter fc2.weight",
            "found fc1.bias of shape (16) in ",
            "training.batch-size: found 0")
        .message()
        .containsOnlyOnce("(16, 784) in ");
    Map<String, Array> some = new LinkedHashMap<>();
    some.put("fc1.weight", Array.of(Tensor.of(new Shape(2, 2), 1, 0, 1, 0)));
    some.put("fc1.bias", Array.of(Tensor.of(new Shape(16), new float[16]).map(x -> 0.5)));
    Path file = write("some.safetensors", some);
    assertThatThrownBy(() -> retrain("mask = " + file))
        .hasMessageContainingAll(
            "method.mask: found fc1.weight of shape (2, 2) in " + file,
            "allowed is shape (16, 784) for parameter fc1.weight",
            "method.mask: found 0.5 in the mask of fc1.bias in " + file,
            "method.mask: found no mask of the layers fc2.weight (10, 16) in " + file);
  }

  @Test
  void ticketsThatAreNotThereAreRefusedByTheKeyAtFault() throws IOException {
    Path source = source("method.rounds=1", "controls=[reinit]");
    assertRefused("ticket = nothing", "method.ticket: found no ticket at nothing, allowed is the");
    assertRefused("round = 7, ticket = " + source, "method.round: found 7, allowed is one of");
    assertRefused(
        "branch = reinot, ticket = " + source, "tickets', reinit, ticket. Did you mean reinit?");
    assertRefused("weights = start", "method.ticket: found neither a ticket nor a mask");
    assertRefused("mask = a, ticket = b", "method.mask: found a mask and a ticket, allowed is one");
    assertRefused("mask = a, weights = trained", "method.weights: found trained for a mask");
    assertRefused("mask = a", "method.mask: found no file a, allowed is a file in the layout of");
    assertThatThrownBy(() -> retrain("ticket = " + source, "replicates=3"))
        .hasMessageContainingAll(
            "method.ticket: found tickets of the replicates [0] in " + source,
            "allowed is one for each of the 3 replicates");
  }

  private void assertRefused(String settings, String... facts) {
    assertThatThrownBy(() -> retrain(settings))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll(facts);
  }

  @Test
  void ofSeveralVariantsOneIsNamed() {
    Path source =
        runs.run("variants={ low { method.rounds = 1 }, high { method.rounds = 1, seed = 2 } }");
    assertRefused(
        "ticket = " + source, "method.variant: found nothing, allowed is one of high, low");
    Path run = retrain("variant = high, ticket = " + source);
    assertThat(ticketOf(run, FIRST).mask()).isEqualTo(ticketOf(source, "high/" + FIRST).mask());
  }

  /** Tickets of one table learn another, whose classes follow another rule. */
  @Test
  void ticketsAreTransferredToOtherDataAndLearn() throws IOException {
    String settings = "training.iterations=150";
    Path source =
        runs.run("data=null", "data=" + table("a", 0, 1), settings, "method.schedule.rate=0.3");
    Path run = retrain("ticket = " + source, "data=null", "data=" + table("b", 2, 3), settings);
    assertThat(masks(run, "replicate-0-round-02")).isEqualTo(masks(source, "replicate-0-round-02"));
    assertThat(Runs.column(run, "density")).isEqualTo(Runs.column(source, "density"));
    assertThat(Runs.column(run, "test_accuracy"))
        .hasSize(3)
        .allMatch(accuracy -> Double.parseDouble(accuracy) > 0.85);
    assertThat(Runs.found(run)).containsOnly(false);
  }

  /** A table of six uniform columns, and whether one is larger than another. */
  private String table(String name, int one, int other) throws IOException {
    StringBuilder rows = new StringBuilder("a,b,c,d,e,f,class\n");
    Random random = new Random(one);
    for (int row = 0; row < 500; row++) {
      double[] x = random.doubles(6).toArray();
      for (double value : x) {
        rows.append(value).append(',');
      }
      rows.append(x[one] > x[other] ? "yes" : "no").append('\n');
    }
    Path file = Files.writeString(root.resolve(name + ".csv"), rows);
    return "{ id = table, path = " + file + ", target = class, test = 0.2, validation = 50 }";
  }

  /** Round 0 of a run is trained in the same way; one ticket needs the control. */
  @Test
  void verdictsCompareWithTheDenseNetworkThatIsTrainedInTheSameWay() throws IOException {
    Path source = source("method.rounds=1", "replicates=2");
    String trained = "weights = trained, ticket = ";
    Path run = retrain(trained + source, "replicates=2", "controls=[dense]");
    assertThat(Runs.column(run, "round")).containsExactly("0", "1", "0", "1");
    assertThat(state(run, "replicate-1-round-00", "start/"))
        .isEqualTo(state(source, "replicate-1-round-00", "trained/"));
    Path one = retrain(trained + ticket(source, FIRST), "controls=[dense]");
    assertThat(Runs.column(one, "round")).containsExactly("0", "1");
    assertThat(state(one, "replicate-0-round-00", "start/"))
        .isNotEqualTo(state(source, "replicate-0-round-00", "trained/"));
    assertThat(
            runs.draft(
                "method=null",
                "controls=[dense]",
                "replicates=2",
                "method={ id = retrain, " + trained + ticket(source, FIRST) + " }"))
        .satisfies(
            draft ->
                assertThat(new ContextLoader(runs.registry(), root).check(draft, true).warnings())
                    .extracting(ConfigProblem.Problem::message)
                    .anyMatch(
                        text -> text.contains("method.weights: found trained weights, and no"))
                    .anyMatch(text -> text.contains("method.ticket: found one ticket for 2")));
  }

  /** The file of docs/methods/retrain.md, with a shorter run in place of the demo. */
  @Test
  void theExampleOfTheDocumentationRuns() throws IOException {
    Path source =
        source("model=null", "model.id=lenet-300-100", "method.rounds=1", "training.iterations=20");
    Path docs = Stream.of("..", ".").map(Path::of).filter(RetrainRunTest::isRoot).findFirst().get();
    String page = Files.readString(docs.resolve("docs/methods/retrain.md"));
    String text = page.replaceFirst("(?s).*?```hocon\n(.*?)```.*", "$1");
    Path file = Files.writeString(root.resolve("fine-tuning.conf"), text);
    ExperimentReader reader = new ExperimentReader(runs.registry());
    Path demo =
        new ExperimentRun(
                runs.registry(),
                Path.of(""),
                new Screen(new PrintWriter(new StringWriter())),
                ExperimentRun.Options.DEFAULT)
            .folder(reader.read("demo", List.of()));
    assertThat(text).contains("ticket = " + demo + " }");
    Draft draft =
        reader.draft(
            file.toString(),
            List.of("method.ticket=" + source, "training.iterations=20", "device=cpu"),
            Optional.empty());
    ExperimentRun run =
        new ExperimentRun(
            runs.registry(),
            root,
            new Screen(new PrintWriter(new StringWriter())),
            ExperimentRun.Options.DEFAULT);
    try (Interruption interruption = new Interruption()) {
      run.run(draft, interruption, log -> {});
    }
    assertThat(state(run.folder(draft.complete()), FIRST, "start/"))
        .isEqualTo(state(source, FIRST, "trained/"));
  }

  private static boolean isRoot(Path folder) {
    return Files.isDirectory(folder.resolve("docs/methods"));
  }

  @Test
  void stepsOfTheSourceAreThoseOfItsRun() {
    Path source = source("method.rounds=1");
    Path run = retrain("ticket = " + source);
    assertThat(ticketOf(run, FIRST).account().finding())
        .extracting(StepRecord::key)
        .isEqualTo(
            ticketOf(source, FIRST).account().finding().stream().map(StepRecord::key).toList());
    assertThat(runs.screen()).contains("trainings: 2, of which remembered: 0");
  }
}
