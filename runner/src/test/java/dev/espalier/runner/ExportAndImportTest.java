// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.typesafe.config.ConfigFactory;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.run.Runs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ExportAndImportTest extends CommandTest {

  private static final String TINY =
      """
      name = tiny
      device = cpu
      model { id = mlp, hidden = [16] }
      data { id = digits, validation = 500 }
      training {
        optimizer { id = adam, learning-rate = 0.01 }
        batch-size = 20
        iterations = 200
      }
      method { id = imp, rounds = 2, schedule { id = geometric, rate = 0.7 } }
      variants {
        plain {}
        b-late { method.rewind-to = 40 }
        a-second { seed = 2 }
      }
      """;

  private static final String TICKET = "plain-replicate-0-round-02";

  /** Its path in a run, where tickets of a variant have a folder. */
  private static final String IN_RUN = "plain/replicate-0-round-02";

  @TempDir private static Path shared;
  private static Path run;
  private static Path exported;

  @TempDir private Path root;

  @BeforeAll
  static void runAndExport() throws IOException {
    ExportAndImportTest test = new ExportAndImportTest();
    run = test.run(shared, TINY);
    exported = shared.resolve("exported");
    test.done("export", run.resolve("tickets/" + IN_RUN), "--to", exported, "--numpy");
  }

  private void done(Object... args) {
    assertDone(espalier(args));
  }

  private void mistake(Object... args) {
    assertMistake(espalier(args), "espalier: ");
  }

  /** Runs an experiment and returns its folder. */
  private Path run(Path folder, String experiment) throws IOException {
    Path file = Files.writeString(folder.resolve("tiny.conf"), experiment);
    done("run", file, "--dir", folder);
    return only(folder.resolve("runs"));
  }

  private static Path only(Path folder) throws IOException {
    List<Path> all = list(folder);
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonObject json(Path file) throws IOException {
    return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
  }

  private static State state(Map<String, Layouts.Array> arrays, String prefix) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    arrays.forEach(
        (name, array) -> {
          if (name.startsWith(prefix)) {
            long[] shape = array.shape().stream().mapToLong(Long::longValue).toArray();
            tensors.put(
                name.substring(prefix.length()), Tensor.of(new Shape(shape), array.floats()));
          }
        });
    return State.of(tensors);
  }

  /** m * W as somebody elsewhere would work it out. */
  private static State effective(Map<String, Layouts.Array> arrays, String prefix) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    state(arrays, prefix)
        .tensors()
        .forEach(
            (name, tensor) -> {
              float[] values = new float[tensor.size()];
              tensor.values().get(values);
              Layouts.Array mask = arrays.get("mask/" + name);
              for (int i = 0; mask != null && i < values.length; i++) {
                values[i] *= mask.bytes().get(i);
              }
              tensors.put(name, Tensor.of(tensor.shape(), values));
            });
    return State.of(tensors);
  }

  private static Network network(JsonObject description) {
    JsonObject architecture = description.getAsJsonObject("architecture");
    Map<String, Integer> widths = new HashMap<>();
    architecture
        .getAsJsonObject("widths")
        .entrySet()
        .forEach(group -> widths.put(group.getKey(), group.getValue().getAsInt()));
    Shape input = new Shape(new Gson().fromJson(description.get("input"), long[].class));
    try (Network usual =
        new ExperimentReader(Registry.load())
            .model(architecture.get("model").toString())
            .build(input, description.get("classes").getAsInt())) {
      return usual.resized(Widths.of(widths));
    }
  }

  private static double[] outputs(Network network, State state) {
    network.load(state);
    try (NDManager manager = NDManager.newBaseManager()) {
      Shape batch = network.batch(3);
      NDArray input = manager.arange((float) batch.size()).mul(0.7).sin().reshape(batch);
      return network
          .block()
          .forward(new ParameterStore(manager, false), new NDList(input), false)
          .singletonOrThrow()
          .toType(DataType.FLOAT64, false)
          .toDoubleArray();
    }
  }

  private static String column(Path run, String name, int row) throws IOException {
    List<String> lines = Files.readAllLines(run.resolve("results.csv"));
    int column = Arrays.asList(lines.get(0).split(",", -1)).indexOf(name);
    return lines.get(row + 1).split(",", -1)[column];
  }

  @Test
  void theFileHoldsTheTicketAndThePicturesOfTheRunAreClassifiedByIt() throws IOException {
    Map<String, Layouts.Array> arrays =
        Layouts.safetensors(exported.resolve(TICKET + ".safetensors"));
    JsonObject description = json(exported.resolve(TICKET + ".json"));
    assertThat(arrays.keySet())
        .containsExactly(
            "start/fc1.weight",
            "start/fc1.bias",
            "start/fc2.weight",
            "start/fc2.bias",
            "trained/fc1.weight",
            "trained/fc1.bias",
            "trained/fc2.weight",
            "trained/fc2.bias",
            "mask/fc1.weight",
            "mask/fc2.weight");
    try (Network network = network(description)) {
      State first = network.initial(new Seed(1, 0).stream("init", 0));
      assertThat(state(arrays, "start/")).isEqualTo(first);
    }
    long kept = 0;
    for (String layer : List.of("fc1.weight", "fc2.weight")) {
      for (byte alive : arrays.get("mask/" + layer).raw()) {
        assertThat(alive).isBetween((byte) 0, (byte) 1);
        kept += alive;
      }
    }
    assertThat(column(run, "kept", 2)).isEqualTo(Long.toString(kept));
    assertThat(accuracy(arrays, description))
        .isEqualTo(Double.parseDouble(column(run, "test_accuracy", 2)), within(0.002))
        .isGreaterThan(0.6);
  }

  /** On the test images, by hand. */
  private static double accuracy(Map<String, Layouts.Array> arrays, JsonObject description)
      throws IOException {
    JsonObject shown = description.getAsJsonObject("normalisation");
    double unit = shown.get("unit").getAsDouble();
    double mean = shown.getAsJsonArray("mean").get(0).getAsDouble();
    double std = shown.getAsJsonArray("std").get(0).getAsDouble();
    Sweep sweep =
        new ExperimentReader(Registry.load())
            .read(run.resolve("experiment.conf").toString(), List.of());
    Data data = sweep.first().data().load(1, Prepared.inMemory());
    ByteBuffer pixels = ((ByteBuffer) data.test().features().values()).duplicate();
    State weights = effective(arrays, "trained/");
    int right = 0;
    for (int label : data.test().labels()) {
      double[] x = new double[784];
      for (int i = 0; i < x.length; i++) {
        x[i] = (Byte.toUnsignedInt(pixels.get()) / unit - mean) / std;
      }
      double[] hidden = layer(weights, "fc1", x);
      double[] logits =
          layer(weights, "fc2", Arrays.stream(hidden).map(h -> Math.max(0, h)).toArray());
      int best = 0;
      for (int c = 1; c < logits.length; c++) {
        best = logits[c] > logits[best] ? c : best;
      }
      right += best == label ? 1 : 0;
    }
    return (double) right / data.test().labels().length;
  }

  private static double[] layer(State state, String name, double[] x) {
    Tensor weight = state.get(name + ".weight");
    double[] y = new double[Math.toIntExact(weight.shape().get(0))];
    for (int out = 0; out < y.length; out++) {
      y[out] = state.get(name + ".bias").get(out);
      for (int in = 0; in < x.length; in++) {
        y[out] += weight.get(out * x.length + in) * x[in];
      }
    }
    return y;
  }

  @Test
  void theDescriptionSaysWhatThereIsToKnow() throws Exception {
    JsonObject description = json(exported.resolve(TICKET + ".json"));
    assertThat(description.keySet()).startsWith("format", "version", "ticket", "run");
    assertThat(description.get("format").getAsString()).isEqualTo("espalier-ticket");
    assertThat(description.get("version").getAsInt()).isEqualTo(1);
    assertThat(description.get("variant").getAsString()).isEqualTo("plain");
    assertThat(description.get("input")).isEqualTo(JsonParser.parseString("[1, 28, 28]"));
    assertThat(description.get("classes").getAsInt()).isEqualTo(10);
    assertThat(description.get("normalisation"))
        .isEqualTo(JsonParser.parseString("{unit: 255, mean: [0.1307], std: [0.3081]}"));
    assertThat(description.getAsJsonArray("history")).isNotEmpty();
    assertThat(description.getAsJsonObject("provenance").keySet())
        .contains("espalier", "djl", "engine", "java", "data-digests");
    JsonObject experiment = description.getAsJsonObject("experiment");
    assertThat(experiment.getAsJsonObject("training").get("iterations").getAsInt()).isEqualTo(200);
    assertThat(experiment.getAsJsonObject("variants").keySet())
        .containsExactly("plain", "b-late", "a-second");
    JsonObject architecture = description.getAsJsonObject("architecture");
    assertThat(architecture.getAsJsonObject("model").get("hidden").toString()).isEqualTo("[16]");
    assertThat(architecture.get("widths")).isEqualTo(JsonParser.parseString("{fc1: 16}"));
    assertThat(architecture.getAsJsonObject("parameters").keySet())
        .containsExactly("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias");
    assertThat(architecture.getAsJsonObject("parameters").get("fc2.weight"))
        .isEqualTo(JsonParser.parseString("{shape: [10, 16], type: weight, kind: output}"));
    assertThat(architecture.getAsJsonObject("blocks").getAsJsonArray("children"))
        .extracting(child -> child.getAsJsonObject().get("block").getAsString())
        .containsExactly("batchFlatten", "Linear", "ReLU", "Linear");

    Map<String, Layouts.Array> arrays =
        Layouts.safetensors(exported.resolve(TICKET + ".safetensors"));
    JsonObject digests = description.getAsJsonObject("sha256");
    assertThat(digests.keySet()).isEqualTo(arrays.keySet());
    for (Map.Entry<String, Layouts.Array> array : arrays.entrySet()) {
      byte[] sha = MessageDigest.getInstance("SHA-256").digest(array.getValue().raw());
      assertThat(digests.get(array.getKey()).getAsString())
          .isEqualTo(HexFormat.of().formatHex(sha));
    }
  }

  @Test
  void anNpzHoldsTheSame() throws IOException {
    Map<String, Layouts.Array> npz = Layouts.npz(exported.resolve(TICKET + ".npz"));
    assertThat(npz).isEqualTo(Layouts.safetensors(exported.resolve(TICKET + ".safetensors")));
  }

  /** The Python lines of the documentation, which need no library. */
  @Test
  void aFewLinesOfPythonReadIt() throws IOException, InterruptedException {
    assumeThat(hasPython()).as("python3 is not on this machine; its lines are not tried").isTrue();
    Path script = Files.writeString(root.resolve("load.py"), python());
    Path output = root.resolve("python.txt");
    Process python =
        new ProcessBuilder("python3", script.toString(), exported.resolve(TICKET).toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(python.waitFor()).as(Files.readString(output)).isZero();
    Map<String, Layouts.Array> arrays =
        Layouts.safetensors(exported.resolve(TICKET + ".safetensors"));
    List<String> said = Files.readAllLines(output);
    assertThat(said).hasSize(arrays.size());
    int line = 0;
    for (Map.Entry<String, Layouts.Array> array : arrays.entrySet()) {
      String start = array.getKey() + " " + array.getValue().shape() + " ";
      assertThat(said.get(line)).startsWith(start);
      double sum = 0;
      if (array.getValue().type().equals("U8")) {
        for (byte value : array.getValue().raw()) {
          sum += value;
        }
      } else {
        for (float value : array.getValue().floats()) {
          sum += value;
        }
      }
      assertThat(Double.parseDouble(said.get(line).substring(start.length())))
          .isEqualTo(sum, within(1e-9));
      line++;
    }
  }

  /** The lines in docs/results.md. */
  private static String python() throws IOException {
    Path page =
        Stream.of("docs/results.md", "../docs/results.md")
            .map(Path::of)
            .filter(Files::exists)
            .findFirst()
            .orElseThrow();
    Matcher lines =
        Pattern.compile("<!-- file: load.py -->\\s*```python\\R(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(page));
    assertThat(lines.find()).isTrue();
    return lines.group(1);
  }

  private static boolean hasPython() throws InterruptedException {
    try {
      return new ProcessBuilder("python3", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void whatIsImportedIsARunThatIsAnalysedAndExportedToTheSameBytes() throws IOException {
    done("import", exported, "--dir", root);
    Path imported = only(root.resolve("runs"));
    assertThat(imported.getFileName().toString()).matches("imported-tiny-[0-9a-f]{8}");
    assertThat(out)
        .contains(imported.resolve("tickets/" + IN_RUN).toString())
        .containsPattern("density \\d+\\.\\d\\d %, \\d+ of 12704 weights in 2 layers");
    assertSameExperiment(imported);

    done("analyse", run.resolve("tickets/" + IN_RUN));
    String analysis = out;
    done("analyse", imported);
    assertThat(out).isEqualTo(analysis);

    Path again = root.resolve("again");
    done("export", imported, "--to", again, "--numpy");
    for (Path file : list(exported)) {
      assertThat(again.resolve(file.getFileName())).hasSameBinaryContentAs(file);
    }
    assertThat(list(again)).hasSize(3);

    List<Object> before = times(imported);
    for (String ending : List.of("", ".json", ".safetensors")) {
      done("import", exported.resolve(TICKET + ending), "--dir", root);
      assertThat(only(root.resolve("runs"))).isEqualTo(imported);
    }
    assertThat(times(imported)).as("what is the same is not written again").isEqualTo(before);
  }

  /** The same settings and provenance, and variants in the same order. */
  private static void assertSameExperiment(Path imported) {
    Path mine = run.resolve("experiment.conf");
    Path other = imported.resolve("experiment.conf");
    assertThat(ConfigFactory.parseFile(other.toFile()))
        .isEqualTo(ConfigFactory.parseFile(mine.toFile()));
    ExperimentReader reader = new ExperimentReader(Registry.load());
    Sweep sweep = reader.read(mine.toString(), List.of());
    assertThat(reader.read(other.toString(), List.of())).isEqualTo(sweep);
    assertThat(reader.read(other.toString(), List.of()).variants().keySet())
        .containsExactlyElementsOf(sweep.variants().keySet());
  }

  private static List<Object> times(Path folder) throws IOException {
    List<Object> times = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted().toList()) {
        times.add(List.of(file, Files.getLastModifiedTime(file)));
      }
    }
    return times;
  }

  @Test
  void allTicketsOfARunComeBackIntoOneRun() throws IOException {
    Path all = root.resolve("all");
    done("export", run, "--to", all);
    assertThat(list(all)).hasSize(2 * 9);
    done("import", all, "--dir", root);
    Path imported = only(root.resolve("runs"));
    assertThat(Runs.files(imported.resolve("tickets"))).hasSize(2 * 9);
    assertSameExperiment(imported);
    done("analyse", run);
    String analysis = out;
    done("analyse", imported);
    assertThat(out).isEqualTo(analysis);
    JsonObject second = json(all.resolve("a-second-replicate-0-round-01.json"));
    assertThat(second.getAsJsonObject("experiment").getAsJsonObject("variants").keySet())
        .containsExactly("plain", "b-late", "a-second");
  }

  @Test
  void otherFilesInTheWayAreRefusedUnlessForced() throws IOException {
    Path to = root.resolve("to");
    Path ticket = run.resolve("tickets/" + IN_RUN);
    done("export", ticket, "--to", to);
    Path description = to.resolve(TICKET + ".json");
    Files.writeString(description, "mine");
    Files.delete(to.resolve(TICKET + ".safetensors"));
    mistake("export", ticket, "--to", to);
    assertThat(err)
        .contains(description.toString(), "found something else there", "--to", "--force");
    assertThat(only(to)).hasContent("mine");
    done("export", ticket, "--to", to, "--force");
    assertThat(description).hasSameBinaryContentAs(exported.resolve(TICKET + ".json"));

    done("import", exported, "--dir", root);
    Path there = only(root.resolve("runs")).resolve("tickets/" + IN_RUN + ".json");
    Files.writeString(there, "mine");
    mistake("import", exported, "--dir", root);
    assertThat(err).contains(there.toString(), "found something else there", "Move that away");
    assertThat(there).hasContent("mine");
  }

  @Test
  void whatIsNoTicketIsNamed() throws IOException {
    mistake("export", root.resolve("none"), "--to", root);
    assertThat(err).contains("found no ticket at " + root.resolve("none"));
    mistake("export", run);
    assertThat(err).contains("--to");
    mistake("import", root.resolve("none"));
    assertThat(err).contains("found no exported ticket at");
    mistake("import", root);
    assertThat(err).contains("found no exported ticket in " + root);
    mistake("import", run.resolve("tickets/" + IN_RUN), "--dir", root);
    assertThat(err).contains("found format null", "allowed is espalier-ticket of version 1");
    Path file = Files.writeString(root.resolve("file"), "");
    assertThat(espalier("export", run, "--to", file.resolve("below"))).isEqualTo(2);
    assertThat(err)
        .contains("cannot be written", "Choose another folder")
        .contains(file.resolve("below/a-second-replicate-0-round-00.safetensors") + ": found")
        .doesNotContain(run.toString());
    assertThat(root.resolve("runs")).doesNotExist();
  }

  @Test
  void aDamagedTicketIsNotExported() throws IOException {
    Path tickets = Files.createDirectories(root.resolve("run/tickets"));
    Files.copy(run.resolve("experiment.conf"), root.resolve("run/experiment.conf"));
    for (String ending : List.of(".json", ".safetensors")) {
      Files.copy(run.resolve("tickets/" + IN_RUN + ending), tickets.resolve(TICKET + ending));
    }
    Path to = root.resolve("to");
    done("export", tickets.resolve(TICKET), "--to", to);
    Path arrays = tickets.resolve(TICKET + ".safetensors");
    byte[] whole = Files.readAllBytes(arrays);
    byte[] changed = whole.clone();
    changed[whole.length / 2] ^= 1;
    Files.write(arrays, changed);
    mistake("export", tickets.resolve(TICKET), "--to", root.resolve("other"));
    assertThat(err).contains(TICKET, "trained-sha256: found ");
    Files.write(arrays, Arrays.copyOf(whole, whole.length - 1));
    mistake("export", tickets.resolve(TICKET), "--to", root.resolve("other"));
    assertThat(err).contains("not in the safetensors layout");
    Map<String, Layouts.Array> fewer = Layouts.safetensors(Files.write(arrays, whole));
    fewer.remove("mask/fc1.weight");
    write(fewer, arrays);
    mistake("export", tickets.resolve(TICKET), "--to", root.resolve("other"));
    assertThat(err).contains("array mask/fc1.weight: found none, allowed is U8 [16, 784]");
    Files.delete(root.resolve("run/experiment.conf"));
    Files.write(arrays, whole);
    mistake("export", tickets.resolve(TICKET), "--to", root.resolve("other"));
    assertThat(err).contains("experiment.conf: found no experiment");
    assertThat(root.resolve("other")).doesNotExist();
  }

  /** A copy of the export to be spoilt. */
  private Path copy() throws IOException {
    Path copy = Files.createDirectories(root.resolve("copy"));
    for (String ending : List.of(".json", ".safetensors")) {
      Files.copy(
          exported.resolve(TICKET + ending),
          copy.resolve(TICKET + ending),
          StandardCopyOption.REPLACE_EXISTING);
    }
    return copy;
  }

  private void refusesDescription(Consumer<JsonObject> spoil, String... facts) throws IOException {
    Path copy = copy();
    Path file = copy.resolve(TICKET + ".json");
    JsonObject description = json(file);
    spoil.accept(description);
    Files.writeString(file, new GsonBuilder().create().toJson(description));
    refuses(copy, facts);
  }

  private void refuses(Path copy, String... facts) {
    mistake("import", copy, "--dir", root);
    assertThat(err).contains(facts);
    assertThat(root.resolve("runs")).doesNotExist();
  }

  private static JsonObject at(JsonObject json, String... path) {
    JsonObject at = json;
    for (String key : path) {
      at = at.getAsJsonObject(key);
    }
    return at;
  }

  @Test
  void descriptionsThatDoNotFitAreRefused() throws IOException {
    JsonElement wide = JsonParser.parseString("[20, 784]");
    JsonElement turned = JsonParser.parseString("[784, 16]");
    refusesDescription(
        json -> json.addProperty("version", 2), "version 2, allowed is espalier-tic");
    refusesDescription(json -> json.addProperty("format", "x"), "found format x");
    refusesDescription(json -> json.addProperty("ticket", "../../x"), "found \"../../x\", allowed");
    refusesDescription(
        json -> json.addProperty("ticket", "x"), "ticket: found x, allowed is " + TICKET);
    refusesDescription(
        json -> json.addProperty("layers", 1), "its description is none of a ticket");
    refusesDescription(json -> json.remove("trained-sha256"), "found no trained-sha256");
    refusesDescription(
        json -> {
          json.remove("history");
          at(json, "architecture").remove("widths");
          at(json, "layers", "fc1.weight").remove("kept");
        },
        "found no layers.fc1.weight.kept, no history, no architecture.widths in");
    refusesDescription(
        json -> at(json, "experiment").addProperty("name", "../../up"),
        "experiment.name: found ../../up");
    refusesDescription(
        json -> at(json, "layers", "fc1.weight").add("shape", wide),
        "layer fc1.weight: found the shape [20, 784], allowed is its parameter's, [16, 784]");
    refusesDescription(
        json -> {
          at(json, "layers", "fc1.weight").add("shape", turned);
          at(json, "layers", "fc1.weight").addProperty("units", 784);
          at(json, "architecture", "parameters", "fc1.weight").add("shape", turned);
        },
        "array start/fc1.weight: found F32 [16, 784], allowed is F32 [784, 16] by the description",
        "array mask/fc1.weight: found U8 [16, 784]");
    refusesDescription(
        json ->
            at(json, "architecture", "parameters")
                .add("x", JsonParser.parseString("{shape: [1], type: bias}")),
        "array start/x: found none, allowed is F32 [1]",
        "array trained/x: found none");
    refusesDescription(
        json -> at(json, "architecture", "parameters").remove("fc2.bias"),
        "array start/fc2.bias: found F32 [10], allowed is none by the description");
    refusesDescription(
        json ->
            at(json, "architecture", "parameters", "fc1.bias")
                .add("shape", JsonParser.parseString("[-16]")),
        "parameter fc1.bias: found the shape [-16]");
    refusesDescription(
        json -> at(json, "layers", "fc1.weight").addProperty("kind", "lin"),
        "found the kind lin, allowed is one of convolution, shortcut, linear");
    refusesDescription(
        json -> {
          at(json, "layers", "fc1.weight").addProperty("kept", 12000);
          at(json, "layers", "fc1.weight").addProperty("density", 12000.0 / 12544);
          at(json, "layers", "fc1.weight").remove("on-path");
          at(json, "layers", "fc1.weight").remove("dead-units");
          long kept = 12000 + at(json, "layers", "fc2.weight").get("kept").getAsLong();
          json.addProperty("kept", kept);
          json.addProperty("density", kept / 12704.0);
        },
        "mask of fc1.weight: found ",
        "weights kept, allowed are 12000");
    refusesDescription(
        json -> at(json, "layers", "fc1.weight").addProperty("on-path", 1_000_000),
        "layer fc1.weight: found on-path 1000000 and dead-units");
    refusesDescription(
        json -> at(json, "layers", "fc1.weight").remove("dead-units"),
        "and dead-units null, allowed is both or none");
    refusesDescription(
        json -> at(json, "layers", "fc1.weight").addProperty("dead-units", "many"),
        "its description is none of a ticket");
    refusesDescription(
        json -> json.addProperty("channels", 1), "its description is none of a ticket");
    String zero = "0".repeat(64);
    for (String digest : List.of("mask-sha256", "start-sha256", "trained-sha256")) {
      refusesDescription(
          json -> json.addProperty(digest, zero), digest + ": found ", "allowed is " + zero);
    }
    refusesDescription(
        json -> at(json, "sha256").addProperty("mask/fc2.weight", zero),
        "sha256 of array mask/fc2.weight: found ");
    refusesDescription(
        json -> at(json, "sha256").remove("mask/fc2.weight"), "no sha256 of array mask/fc2.weight");
    refusesDescription(
        json -> {
          at(json, "architecture", "model").add("hidden", JsonParser.parseString("[17]"));
          at(json, "architecture", "widths").addProperty("fc1", 17);
        },
        "parameter fc1.weight: found [16, 784], allowed is [17, 784] by the model mlp");
    refusesDescription(
        json -> at(json, "architecture", "model").addProperty("hiden", 1),
        "architecture: model.hiden: found an unknown key",
        "mean hidden?");
    refusesDescription(
        json -> at(json, "architecture", "widths").addProperty("fc1", 0), "cannot be built");
  }

  private static Consumer<JsonObject> set(String key, String value) {
    return json -> json.add(key, JsonParser.parseString(value));
  }

  @Test
  void whatTheDescriptionSaysOfTheTicketsPlaceIsChecked() throws IOException {
    refusesDescription(json -> json.remove("round"), "found no round in");
    refusesDescription(set("replicate", "null"), "found no replicate in");
    refusesDescription(set("round", "\"two\""), "round");
    refusesDescription(set("round", "-1"), "round: found -1, allowed is a number from 0 on");
    refusesDescription(set("round", "1e30"), "round");
    refusesDescription(set("round", "1.5"), "round");
    refusesDescription(set("round", "1"), "ticket: found " + TICKET, "by its variant, replicate");
    refusesDescription(set("replicate", "10000"), "replicate: found 10000, allowed is a number");
    refusesDescription(set("branch", "\"../../evil\""), "branch: found \"../../evil\"");
    refusesDescription(set("branch", "7.5"), "branch: found \"7.5\"");
    refusesDescription(set("branch", "\"reinit\""), "ticket: found " + TICKET);
    refusesDescription(set("control", "true"), "control: found a control of branch ticket");
    refusesDescription(set("variant", "\"../up\""), "variant: found \"../up\"");
    refusesDescription(
        json -> at(json, "experiment", "variants").remove("plain"),
        "variant: found \"plain\", allowed is one of");
  }

  @Test
  void aReplicateThatTheExperimentDoesNotHaveIsRefused() throws IOException {
    Path copy = copy();
    JsonObject json = json(copy.resolve(TICKET + ".json"));
    String other = TICKET.replace("replicate-0", "replicate-1");
    json.addProperty("replicate", 1);
    json.addProperty("ticket", other);
    Files.writeString(copy.resolve(other + ".json"), json.toString());
    Files.delete(copy.resolve(TICKET + ".json"));
    Files.move(copy.resolve(TICKET + ".safetensors"), copy.resolve(other + ".safetensors"));
    refuses(copy, "replicate: found 1, allowed is less than the 1 of its experiment");
  }

  @Test
  void whatTheDescriptionSaysOfTheMaskIsComparedWithIt() throws IOException {
    refusesDescription(set("density", "0.9"), "density: found 0.9, allowed is 0.09");
    refusesDescription(set("kept", "12704"), "kept: found 12704, allowed is 11");
    refusesDescription(set("effective-density", "1"), "effective-density: found 1.0");
    refusesDescription(set("empty-layers", "[\"fc1.weight\"]"), "empty-layers: found [fc1.weight]");
    refusesDescription(set("effective-macs", "-1"), "effective-macs: found -1");
    refusesDescription(set("parameters", "0"), "parameters: found 0");
    refusesDescription(
        json -> at(json, "layers", "fc1.weight").addProperty("density", 1),
        "layer fc1.weight: found the density 1.0, allowed is ");
    refusesDescription(
        json -> at(json, "layers", "fc1.weight").addProperty("units", 17),
        "layer fc1.weight: found effective-density ");
    refusesDescription(set("iteration", "-5"), "iteration: found -5");
    refusesDescription(set("trained-from-iteration", "300"), "trained-from-iteration: found 300");
    refusesDescription(
        json -> json.getAsJsonArray("history").add(json.getAsJsonArray("history").get(0)),
        "history: found iteration ");
    refusesDescription(
        json ->
            json.getAsJsonArray("history")
                .get(0)
                .getAsJsonObject()
                .addProperty("test-accuracy", 93.5),
        "history: found an accuracy outside of [0, 1]");
    refusesDescription(
        json ->
            json.getAsJsonArray("trained-by").get(0).getAsJsonObject().addProperty("seconds", -1),
        "found a cost below 0");
    refusesDescription(json -> json.getAsJsonArray("found-by").remove(0), "found the inputs ");
    refusesDescription(
        json -> json.getAsJsonObject("normalisation").add("std", JsonParser.parseString("[0]")),
        "normalisation.std: found [0.0]");
    refusesDescription(
        json -> at(json, "experiment").addProperty("margin", "wide"),
        "experiment: found (",
        "margin");
    refusesDescription(
        json -> at(json, "provenance").remove("data-digests"), "experiment: found (");
  }

  @Test
  void anImportedRunHasAReportThatDoesNotSayThatItIsUnfinished() throws IOException {
    done("import", exported, "--dir", root);
    Path imported = only(root.resolve("runs"));
    done("report", imported);
    assertThat(Files.readString(imported.resolve("report.html"))).contains("\"ended\":true");
    Files.delete(imported.resolve("tickets/" + IN_RUN + ".json"));
    for (String command : List.of("report", "analyse")) {
      mistake(command, imported);
      assertThat(err).contains(IN_RUN + ".json: found no record", "import the ticket again");
    }
  }

  @Test
  void arraysThatAreMissingAreNamedByAnExport() throws IOException {
    Path tickets = Files.createDirectories(root.resolve("run/tickets"));
    Files.copy(run.resolve("experiment.conf"), root.resolve("run/experiment.conf"));
    Files.copy(run.resolve("tickets/" + IN_RUN + ".json"), tickets.resolve(TICKET + ".json"));
    mistake("export", tickets.resolve(TICKET), "--to", root.resolve("other"));
    assertThat(err)
        .contains("found no file " + tickets.resolve(TICKET + ".safetensors"), "Put the file back")
        .doesNotContain("Exception");
    assertThat(root.resolve("other")).doesNotExist();
  }

  @Test
  void aDescriptionThatIsNoJsonIsRefused() throws IOException {
    for (String text :
        List.of(
            "",
            "[]",
            "{\"ticket\": 1, \"ticket\": 2}",
            "{\"a\": " + "[".repeat(100_000),
            "{\"a\": NaN}")) {
      Path copy = copy();
      Files.writeString(copy.resolve(TICKET + ".json"), text);
      refuses(copy, "found ", "JSON".substring(0, text.contains("ticket") ? 0 : 4));
    }
    Path copy = copy();
    Files.delete(copy.resolve(TICKET + ".safetensors"));
    refuses(copy, "found no file ", TICKET + ".safetensors");
    Files.delete(copy().resolve(TICKET + ".json"));
    refuses(copy, "found no file ", TICKET + ".json");
  }

  @Test
  void allProblemsOfAllTicketsComeAtOnceAndNothingIsWritten() throws IOException {
    Path all = root.resolve("all");
    done("export", run, "--to", all);
    List<Path> arrays =
        list(all).stream().filter(file -> file.toString().endsWith(".safetensors")).toList();
    for (int i : List.of(1, 5)) {
      byte[] bytes = Files.readAllBytes(arrays.get(i));
      bytes[bytes.length - 1] = 2;
      Files.write(arrays.get(i), bytes);
    }
    refuses(
        all, "sha256 of array mask/fc2.weight", "mask of fc2.weight: found 2, allowed are 0 and 1");
    assertThat(err.lines().filter(line -> line.contains("allowed are 0 and 1"))).hasSize(2);
  }

  @Test
  void everyChangedBitOfTheArraysIsFoundOrIsOfNoMeaning() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    byte[] whole = Files.readAllBytes(exported.resolve(TICKET + ".safetensors"));
    int header = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getInt(0);
    String json = new String(whole, 8, header, StandardCharsets.UTF_8);
    int metadata = 8 + json.indexOf("}") + 1;
    for (int i = 0; i < 24; i++) {
      Path copy = copy();
      byte[] changed = whole.clone();
      // Half of them in the header. Its metadata say nothing that the description does not.
      int place =
          i % 2 == 0
              ? random.nextInt(metadata, 8 + header)
              : random.nextInt(8 + header, whole.length);
      changed[place] ^= (byte) (1 << random.nextInt(8));
      Files.write(copy.resolve(TICKET + ".safetensors"), changed);
      refuses(copy, "found ");
    }
    for (int i = 0; i < 10; i++) {
      Path copy = copy();
      Files.write(
          copy.resolve(TICKET + ".safetensors"),
          Arrays.copyOf(whole, random.nextInt(whole.length)));
      refuses(copy, "not in the safetensors layout: ");
    }
  }

  @Test
  void noChangedBitOfADescriptionIsAFault() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    byte[] whole = Files.readAllBytes(exported.resolve(TICKET + ".json"));
    int refused = 0;
    for (int i = 0; i < 24; i++) {
      Path copy = copy();
      byte[] changed = whole.clone();
      changed[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(7));
      Files.write(copy.resolve(TICKET + ".json"), changed);
      int code = espalier("import", copy, "--dir", root.resolve("into-" + i));
      assertThat(code).as(err).isIn(0, 2);
      assertThat(err).doesNotContain("\tat ").doesNotContain("Exception");
      refused += code == 2 ? 1 : 0;
    }
    assertThat(refused).isGreaterThan(6);
  }

  @Test
  void aFileThatAnotherProgramLaidOutInItsWayComesBackTheSame() throws IOException {
    // As PyTorch's and NumPy's savers do: sorted by name within a type, and without metadata.
    Path copy = copy();
    Map<String, Layouts.Array> arrays =
        new TreeMap<>(Layouts.safetensors(copy.resolve(TICKET + ".safetensors")));
    write(arrays, copy.resolve(TICKET + ".safetensors"));
    done("import", copy, "--dir", root);
    assertThat(only(root.resolve("runs")).resolve("tickets/" + IN_RUN + ".safetensors"))
        .hasSameBinaryContentAs(exported.resolve(TICKET + ".safetensors"));
  }

  private static void write(Map<String, Layouts.Array> arrays, Path file) throws IOException {
    JsonObject header = new JsonObject();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (String type : List.of("F32", "U8")) {
      for (Map.Entry<String, Layouts.Array> array : arrays.entrySet()) {
        if (array.getValue().type().equals(type)) {
          JsonObject entry = new JsonObject();
          entry.addProperty("dtype", type);
          entry.add("shape", new Gson().toJsonTree(array.getValue().shape()));
          int from = data.size();
          data.writeBytes(array.getValue().raw());
          entry.add("data_offsets", new Gson().toJsonTree(List.of(from, data.size())));
          header.add(array.getKey(), entry);
        }
      }
    }
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    Files.write(
        file,
        ByteBuffer.allocate(8 + text.length + data.size())
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(text.length)
            .put(text)
            .put(data.toByteArray())
            .array());
  }

  @Test
  void aMaskThatDividesChannelsWithoutFreeingAnyCannotBeNarrowed() {
    mistake("export", run.resolve("tickets/plain/replicate-0-round-01"), "--to", root, "--narrow");
    assertThat(err)
        .contains("plain/replicate-0-round-01", "divides channels in fc1.weight (", "fc2.weight (")
        .contains("leave out --narrow");
    done("export", run.resolve("tickets/plain/replicate-0-round-00"), "--to", root, "--narrow");
    assertThat(root.resolve("plain-replicate-0-round-00.json")).exists();
  }

  /** Exports a ticket both ways, and compares what the networks say that come of it. */
  private JsonObject assertNarrow(Path ticket, boolean isDense) throws IOException {
    String name = ticket.getFileName().toString();
    Path to = root.resolve("narrowed");
    done("export", ticket, "--to", to);
    done("export", ticket, "--to", to, "--narrow", "--numpy");
    Map<String, Layouts.Array> wide = Layouts.safetensors(to.resolve(name + ".safetensors"));
    Map<String, Layouts.Array> narrow =
        Layouts.safetensors(to.resolve(name + "-narrow.safetensors"));
    assertThat(Layouts.npz(to.resolve(name + "-narrow.npz"))).isEqualTo(narrow);
    JsonObject whole = json(to.resolve(name + ".json"));
    JsonObject small = json(to.resolve(name + "-narrow.json"));
    try (Network large = network(whole);
        Network less = network(small)) {
      for (String prefix : List.of("start/", "trained/")) {
        double[] expected = outputs(large, effective(wide, prefix));
        double[] found = outputs(less, effective(narrow, prefix));
        double scale = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        assertThat(scale).isPositive();
        assertThat(found).containsExactly(expected, within(1e-5 * scale));
      }
    }
    long kept = 0;
    long all = 0;
    for (Map.Entry<String, Layouts.Array> array : narrow.entrySet()) {
      if (array.getKey().startsWith("mask/")) {
        all += array.getValue().raw().length;
        for (byte alive : array.getValue().raw()) {
          kept += alive;
        }
      }
    }
    assertThat(kept == all).isEqualTo(isDense);
    long weights =
        wide.keySet().stream()
            .filter(key -> key.startsWith("mask/"))
            .mapToLong(key -> wide.get(key).raw().length)
            .sum();
    assertThat(all).isLessThan(weights);
    assertThat(small.get("density").getAsDouble())
        .isEqualTo((double) kept / weights, within(1e-12));
    assertThat(small.get("parameters").getAsLong()).isLessThan(whole.get("parameters").getAsLong());
    assertThat(small.get("macs").getAsLong()).isLessThan(whole.get("macs").getAsLong());

    done("import", to, "--dir", root.resolve("elsewhere"));
    List<Path> imported = list(root.resolve("elsewhere/runs"));
    assertThat(imported)
        .as("wide and narrow are in separate runs, else one replicate would count twice")
        .hasSize(2)
        .allSatisfy(
            one -> {
              assertThat(list(one.resolve("tickets"))).hasSize(2);
              done("report", one);
            });
    Path narrowRun = imported.get(1);
    assertThat(narrowRun.getFileName().toString()).contains("-narrow-");
    done("analyse", narrowRun.resolve("tickets/" + name + "-narrow"));
    assertThat(out).contains(name + "-narrow");
    // What is narrow already is not narrowed again, and comes out as it is.
    if (isDense) {
      done("export", to.resolve(name + "-narrow"), "--to", to, "--narrow", "--numpy");
    }
    return small;
  }

  private static final String EVOLUTION =
      """
      name = evolution
      device = cpu
      model { id = lenet-5 }
      data { id = digits, per-class = 10 }
      training { optimizer { id = sgd, learning-rate = 0.01 }, batch-size = 20, iterations = 2 }
      method { id = knowledge-evolution, generations = 1 }
      """;

  @Test
  void aMaskThatKeepsWholeChannelsBecomesADenseNetworkThatSaysTheSame() throws IOException {
    Path evolved = run(root, EVOLUTION);
    JsonObject fit = assertNarrow(evolved.resolve("tickets/replicate-0-round-01-fit"), true);
    assertThat(at(fit, "channels", "conv1").get("of").getAsInt()).isEqualTo(20);
    int width = at(fit, "channels", "conv1").get("width").getAsInt();
    assertThat(at(fit, "architecture", "widths").get("conv1").getAsInt()).isEqualTo(width);
    assertThat(width).isLessThan(20);
    for (Map.Entry<String, JsonElement> layer : at(fit, "layers").entrySet()) {
      JsonObject record = layer.getValue().getAsJsonObject();
      assertThat(record.get("density").getAsDouble()).isEqualTo(1);
      assertThat(record.get("dead-units").getAsInt()).isZero();
      assertThat(record.get("effective-density").getAsDouble()).isEqualTo(1);
      assertThat(record.get("units").getAsInt())
          .isEqualTo(record.getAsJsonArray("shape").get(0).getAsInt());
    }
    JsonObject convolution =
        at(fit, "architecture", "blocks").getAsJsonArray("children").get(0).getAsJsonObject();
    assertThat(convolution)
        .isEqualTo(
            JsonParser.parseString(
                "{block: Conv2d, parameters: [conv1.weight, conv1.bias], kernel: [5, 5],"
                    + " stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1}"));
    // The method's own slim network is the same one, by another way.
    done(
        "export",
        evolved.resolve("tickets/replicate-0-round-01-slim"),
        "--to",
        root.resolve("slim"));
    Map<String, Layouts.Array> slim =
        Layouts.safetensors(root.resolve("slim/replicate-0-round-01-slim.safetensors"));
    Map<String, Layouts.Array> narrow =
        Layouts.safetensors(root.resolve("narrowed/replicate-0-round-01-fit-narrow.safetensors"));
    assertThat(slim.keySet()).containsExactlyElementsOf(narrow.keySet());
    slim.forEach((name, array) -> assertThat(array.shape()).isEqualTo(narrow.get(name).shape()));
    done("import", root.resolve("slim"), "--dir", root.resolve("slim"));
  }

  @Test
  void deadUnitsOfASparseMaskAreTakenOutAndWhatIsLeftStaysSparse() throws IOException {
    Path sparse =
        run(
            root,
            TINY.replaceFirst("(?s)variants.*", "")
                .replaceFirst(
                    "(?m)^method .*$",
                    "method { id = prune-at-init, criterion = random, densities = [0.03] }"));
    JsonObject narrow = assertNarrow(sparse.resolve("tickets/replicate-0-round-01"), false);
    assertThat(at(narrow, "channels", "fc1").get("width").getAsInt()).isLessThan(16);
    JsonObject first = at(narrow, "layers", "fc1.weight");
    assertThat(first.get("dead-units").getAsInt()).isLessThan(first.get("units").getAsInt());
  }
}
