// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.data.Metric;
import dev.espalier.api.network.Analysis.OfLayer;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Layer;
import dev.espalier.api.structure.Cost;
import dev.espalier.runner.Golden;
import dev.espalier.runner.results.TicketRecord.Density;
import dev.espalier.runner.results.TicketRecord.Details;
import dev.espalier.runner.results.TicketRecord.Digests;
import dev.espalier.runner.results.TicketRecord.MaskedLayer;
import dev.espalier.runner.results.TicketRecord.Normalisation;
import dev.espalier.runner.results.TicketRecord.Point;
import dev.espalier.runner.results.TicketRecord.Position;
import dev.espalier.runner.results.TicketRecord.Size;
import dev.espalier.runner.results.TicketRecord.Step;
import dev.espalier.runner.results.TicketRecord.Task;
import dev.espalier.runner.results.TicketRecord.Title;
import dev.espalier.runner.results.TicketRecord.Training;
import dev.espalier.runner.results.TicketRecord.Width;
import java.io.IOException;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The file of a ticket, pinned by golden/ticket.json. */
public class TicketRecordTest {

  private static final String FILE = "ticket.json";

  private static final Layer WEIGHT = new Layer("fc1.weight", new Shape(2, 4), Layer.Kind.LINEAR);

  private static final Layer BIAS = new Layer("fc1.bias", new Shape(2), Layer.Kind.BIAS);

  private static final StepRecord FIRST =
      new StepRecord(
          Digest.of("first"),
          "train",
          Map.of("iterations", "0 to 40 of 100"),
          Set.of(),
          new Spent(800, 19_200, 9_600, 0.25),
          Optional.empty());

  private static final StepRecord SECOND =
      new StepRecord(
          Digest.of("second"),
          "prune",
          Map.of("criterion", "Magnitude[]"),
          Set.of(FIRST.key()),
          new Spent(0, 0, 0, 0.5),
          Optional.of(
              UsedRows.of(
                  List.of(IntBuffer.wrap(new int[] {3, 17}), IntBuffer.wrap(new int[] {4})))));

  private static final History HISTORY =
      new History(
          List.of(
              new History.Point(
                  50,
                  new Evaluation(0.5, List.of(0.75)),
                  Evaluation.NONE,
                  new Evaluation(0.625, List.of(0.5))),
              new History.Point(
                  100,
                  new Evaluation(Double.POSITIVE_INFINITY, List.of(0.25)),
                  Evaluation.NONE,
                  new Evaluation(1e-7, List.of(1.0)))));

  /** A ticket with everything that a record may hold. */
  public static TicketRecord ticket() {
    Map<String, MaskedLayer> layers = new LinkedHashMap<>();
    layers.put("fc1.weight", MaskedLayer.of(WEIGHT, 12, 4).with(3, 0.375, 1));
    layers.put("fc1.bias", MaskedLayer.of(BIAS, 3, 1));
    Map<String, String> findings = new LinkedHashMap<>();
    findings.put("gates-epoch", "3");
    findings.put("channels", "1, \"all\" of 2");
    return new TicketRecord(
        new Title("plain-replicate-1-round-02-reinit", "tiny-1a2b3c4d", "plain"),
        new Task(
            "mlp",
            List.of(1L, 2L, 2L),
            2,
            new Normalisation(255, List.of(0.1307), List.of(0.3)),
            null,
            null,
            null,
            null),
        new Size(8L, 4L, 10L, Map.of("fc1", new Width(2, 3))),
        new Position("reinit", true, 2, 1),
        new Density(1.0 / 3, 0.25, List.of(), 5L),
        new Training(40L, 100L, 100L, 60L),
        new Digests(
            Digest.of("mask").hex(),
            Digest.of("start").hex(),
            Digest.of("trained").hex(),
            null,
            null),
        new Details(
            layers,
            findings,
            List.of(Step.of(FIRST)),
            List.of(Step.of(SECOND)),
            HISTORY.points().stream().map(point -> Point.of(point, Metrics.ACCURACY)).toList()));
  }

  private static JsonObject golden() throws IOException {
    return JsonParser.parseString(new String(Golden.read(FILE), UTF_8)).getAsJsonObject();
  }

  private static TicketRecord read(JsonObject json) throws IOException {
    return RecordJson.read(json, TicketRecord.class);
  }

  @Test
  void theFileOfATicketIsTheGoldenOne() throws IOException {
    Golden.check(FILE, RecordJson.text(RecordJson.write(ticket())));
  }

  @Test
  void whatIsReadIsWrittenToTheSameBytes() throws IOException {
    Golden.check(FILE, RecordJson.text(RecordJson.write(read(golden()))));
  }

  @Test
  void aTicketWithoutVariantAndChannelsHasNoSuchKeys() {
    TicketRecord full = ticket();
    TicketRecord plain =
        new TicketRecord(
            new Title("replicate-1-round-02", "tiny-1a2b3c4d", null),
            full.task(),
            new Size(8L, 4L, 10L, null),
            full.position(),
            full.density(),
            full.training(),
            full.digests(),
            full.details());
    assertThat(RecordJson.write(plain).keySet())
        .doesNotContain("variant", "channels")
        .hasSize(RecordJson.write(full).size() - 2);
    assertThat(plain.result().variant()).isEmpty();
  }

  @Test
  void whatIsUnknownOfPathsIsLeftOutAndReadAsUnknown() throws IOException {
    TicketRecord full = ticket();
    Map<String, MaskedLayer> layers = new LinkedHashMap<>(full.details().layers());
    layers.put("fc1.weight", MaskedLayer.of(WEIGHT, WEIGHT.size(), 4).withoutPaths());
    TicketRecord unknown =
        new TicketRecord(
            full.title(),
            full.task(),
            full.size(),
            full.position(),
            new Density(0.5, null, List.of(), 5L),
            full.training(),
            full.digests(),
            new Details(layers, Map.of(), List.of(), List.of(), full.details().history()));
    JsonObject json = RecordJson.write(unknown);
    assertThat(json.has("effective-density")).isFalse();
    TicketResult result = read(json).result();
    assertThat(result.effective()).isEmpty();
    assertThat(result.analysis().layers()).containsExactly(new OfLayer(WEIGHT, 4));
    assertThat(result.analysis().deadUnits()).isEmpty();
    assertThat(result.analysis().density()).isEqualTo(4.0 / WEIGHT.size());
  }

  @Test
  void otherMetricsAreRecordedByNameAndReadWithoutPlugins() throws IOException {
    Metric r2 = new Metric("r2", "", Metric.Direction.HIGHER, 0.005);
    Metrics metrics = new Metrics("regression", List.of(Rows.PERPLEXITY, r2));
    History history =
        new History(
            List.of(
                new History.Point(
                    10,
                    new Evaluation(1, List.of(Double.POSITIVE_INFINITY, -3.0)),
                    Evaluation.NONE,
                    new Evaluation(2, List.of(5.5, -4.0)))));
    TicketRecord full = ticket();
    TicketRecord.Task task = full.task();
    TicketRecord other =
        new TicketRecord(
            full.title(),
            new TicketRecord.Task(
                task.network(),
                List.of(6L),
                0,
                task.normalisation(),
                7,
                List.of(6L, 7L),
                metrics.objective(),
                metrics.all().stream().map(TicketRecord.Measure::of).toList()),
            full.size(),
            full.position(),
            full.density(),
            full.training(),
            full.digests(),
            new Details(
                full.details().layers(),
                Map.of(),
                List.of(),
                List.of(),
                history.points().stream().map(point -> Point.of(point, metrics)).toList()));
    TicketRecord read = read(RecordJson.write(other));
    assertThat(RecordCheck.of(read)).isEmpty();
    assertThat(read.result().metrics()).isEqualTo(metrics);
    History.Point point = read.result().history().points().get(0);
    assertThat(point.test()).isEqualTo(new Evaluation(2, List.of(5.5, -4.0)));
    assertThat(point.train()).isEqualTo(new Evaluation(1, List.of(Double.NaN, -3.0)));
    assertThat(point.validation()).isEqualTo(Evaluation.NONE);
    assertThat(read.task().ofModel().vocabulary()).isEqualTo(7);
    JsonObject wrong = RecordJson.write(other);
    wrong.getAsJsonArray("metrics").get(0).getAsJsonObject().addProperty("better", "sideways");
    assertThat(RecordCheck.of(read(wrong)))
        .containsExactly("metrics.better: found sideways, allowed is higher or lower");
  }

  @Test
  void theResultIsThatOfTheRecord() throws IOException {
    TicketResult result = read(golden()).result();
    assertThat(result.variant()).isEqualTo("plain");
    assertThat(result.replicate()).isEqualTo(1);
    assertThat(result.round()).isEqualTo(2);
    assertThat(result.branch()).isEqualTo("reinit");
    assertThat(result.density()).isEqualTo(1.0 / 3);
    assertThat(result.effective()).hasValue(0.25);
    assertThat(result.kept()).isEqualTo(5);
    assertThat(result.layers())
        .as("of the experiment's network, which is wider")
        .containsExactly(Map.entry("fc1.weight", 12));
    assertThat(result.cost()).isEqualTo(new Cost(8, 10));
    assertThat(result.effectiveMacs()).isEqualTo(4);
    assertThat(result.iteration()).isEqualTo(100);
    assertThat(result.mask()).isEqualTo(Digest.of("mask").prefix(16));
    assertThat(result.analysis().layers()).containsExactly(new OfLayer(WEIGHT, 4, 3, 1));
    assertThat(result.findings())
        .containsExactly(Map.entry("gates-epoch", "3"), Map.entry("channels", "1, \"all\" of 2"));
    assertThat(result.account()).isEqualTo(new Account(List.of(FIRST), List.of(SECOND)));
    assertThat(result.history().points().get(0)).isEqualTo(HISTORY.points().get(0));
    Evaluation train = result.history().points().get(1).train();
    assertThat(train.loss()).as("JSON has no infinity").isNaN();
    assertThat(train.score()).isEqualTo(0.25);
  }

  @Test
  void everyKeyIsNeededButThoseThatATicketMayLack() throws IOException {
    List<String> paths = new ArrayList<>();
    collect(golden(), "", paths);
    Set<String> mayBeMissing = new TreeSet<>();
    for (String path : paths) {
      JsonObject json = golden();
      remove(json, path);
      try {
        read(json);
        mayBeMissing.add(path);
      } catch (IOException e) {
        String shown = path.replaceAll("/0/", "[]/").replace('/', '.');
        assertThat(e).as(path).hasMessageContaining("found no " + shown);
      }
    }
    assertThat(mayBeMissing)
        .containsExactlyInAnyOrder(
            "variant",
            "channels",
            "channels/fc1",
            "control",
            "mask-since-iteration",
            "effective-density",
            "layers/fc1.weight",
            "layers/fc1.bias",
            "layers/fc1.weight/of",
            "layers/fc1.bias/of",
            "layers/fc1.weight/on-path",
            "layers/fc1.weight/effective-density",
            "layers/fc1.weight/dead-units",
            "layers/fc1.weight/units",
            "findings/gates-epoch",
            "findings/channels",
            "found-by/0/settings/iterations",
            "trained-by/0/settings/criterion",
            "trained-by/0/rows",
            "trained-by/0/rows/listed",
            "history/0/train-loss",
            "history/0/train-accuracy",
            "history/0/test-loss",
            "history/0/test-accuracy");
  }

  /** The keys of an object and of the objects in it, of a list those of its first element. */
  private static void collect(JsonElement json, String path, List<String> paths) {
    if (json.isJsonArray() && !json.getAsJsonArray().isEmpty()) {
      collect(json.getAsJsonArray().get(0), path + "0/", paths);
    } else if (json.isJsonObject()) {
      json.getAsJsonObject()
          .asMap()
          .forEach(
              (key, value) -> {
                paths.add(path + key);
                collect(value, path + key + "/", paths);
              });
    }
  }

  private static void remove(JsonObject json, String path) {
    String[] keys = path.split("/", -1);
    JsonElement place = json;
    for (int i = 0; i < keys.length - 1; i++) {
      place =
          place instanceof JsonArray list
              ? list.get(Integer.parseInt(keys[i]))
              : place.getAsJsonObject().get(keys[i]);
    }
    assertThat(place.getAsJsonObject().remove(keys[keys.length - 1])).isNotNull();
  }

  @Test
  void allMissingKeysAreNamedAtOnceInTheirOrder() throws IOException {
    JsonObject json = golden();
    json.remove("history");
    json.remove("classes");
    remove(json, "layers/fc1.bias/kept");
    assertThatThrownBy(() -> read(json))
        .hasMessage("found no classes, no layers.fc1.bias.kept, no history in its description");
  }

  @Test
  void aValueOfAnotherTypeIsNamedByItsKey() throws IOException {
    for (String key : List.of("input", "classes", "density", "layers", "trained-by")) {
      JsonObject json = golden();
      json.add(key, JsonParser.parseString("\"x\""));
      assertThatThrownBy(() -> read(json))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(": " + key + ": ");
    }
  }

  @Test
  void keysOfALaterVersionAreIgnored() throws IOException {
    JsonObject json = golden();
    json.addProperty("later", 1);
    assertThat(read(json).result()).isEqualTo(read(golden()).result());
  }
}
