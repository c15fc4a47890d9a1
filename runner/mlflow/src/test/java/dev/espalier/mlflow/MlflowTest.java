// SPDX-License-Identifier: Apache-2.0
package dev.espalier.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.espalier.api.Tracker;
import dev.espalier.api.contract.TrackerContract;
import dev.espalier.api.settings.RefusedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The client of MLflow against a server in this test, which has the REST calls that the tracker
 * needs. No real server of MLflow was there.
 */
class MlflowTest extends TrackerContract {

  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05Z");

  private HttpServer http;

  /** The runs of the server, each with its tags, parameters, metrics and status. */
  private final Map<String, JsonObject> runs = new LinkedHashMap<>();

  private String experiment = "";
  private final List<String> calls = new ArrayList<>();

  @BeforeEach
  void startServer() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext("/api/2.0/mlflow/", this::answer);
    http.start();
  }

  @AfterEach
  void stopServer() {
    http.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String call = exchange.getRequestURI().getPath().replace("/api/2.0/mlflow/", "");
    String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    JsonObject body =
        text.isEmpty() ? new JsonObject() : JsonParser.parseString(text).getAsJsonObject();
    calls.add(call);
    int status = 200;
    String reply;
    switch (call) {
      case "experiments/get-by-name" -> {
        status = experiment.isEmpty() ? 404 : 200;
        reply =
            experiment.isEmpty()
                ? "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"none\"}"
                : "{\"experiment\":{\"experiment_id\":\"7\",\"name\":\"" + experiment + "\"}}";
      }
      case "experiments/create" -> {
        experiment = body.get("name").getAsString();
        reply = "{\"experiment_id\":\"7\"}";
      }
      case "runs/search" -> reply = search(body.get("filter").getAsString());
      case "runs/create" -> {
        String id = "run" + runs.size();
        body.addProperty("status", "RUNNING");
        body.add("metrics", new JsonArray());
        body.add("params", new JsonArray());
        runs.put(id, body);
        reply = "{\"run\":" + run(id) + "}";
      }
      case "runs/log-batch" -> {
        JsonObject run = runs.get(body.get("run_id").getAsString());
        for (String part : List.of("metrics", "params")) {
          if (body.has(part)) {
            run.getAsJsonArray(part).addAll(body.getAsJsonArray(part));
          }
        }
        reply = "{}";
      }
      case "runs/update" -> {
        String id = body.get("run_id").getAsString();
        runs.get(id).addProperty("status", body.get("status").getAsString());
        reply = "{}";
      }
      default -> {
        status = 404;
        reply = "{\"error_code\":\"ENDPOINT_NOT_FOUND\",\"message\":\"" + call + "\"}";
      }
    }
    byte[] bytes = reply.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /** A run with the last value of each metric. */
  private String run(String id) {
    Map<String, JsonElement> last = new LinkedHashMap<>();
    for (JsonElement metric : runs.get(id).getAsJsonArray("metrics")) {
      last.put(metric.getAsJsonObject().get("key").getAsString(), metric);
    }
    return "{\"info\":{\"run_id\":\""
        + id
        + "\",\"run_uuid\":\""
        + id
        + "\",\"experiment_id\":\"7\",\"status\":\""
        + runs.get(id).get("status").getAsString()
        + "\"},\"data\":{\"metrics\":"
        + last.values()
        + "}}";
  }

  private String search(String filter) {
    JsonObject reply = new JsonObject();
    JsonArray found = new JsonArray();
    runs.forEach(
        (id, run) -> {
          String name = tags(run).get("espalier.name");
          if (filter.equals("tags.`espalier.name` = '" + name + "'")) {
            found.add(JsonParser.parseString(run(id)));
          }
        });
    reply.add("runs", found);
    return reply.toString();
  }

  private static Map<String, String> tags(JsonObject run) {
    Map<String, String> tags = new TreeMap<>();
    for (JsonElement tag : run.getAsJsonArray("tags")) {
      JsonObject of = tag.getAsJsonObject();
      tags.put(of.get("key").getAsString(), of.has("value") ? of.get("value").getAsString() : "");
    }
    return tags;
  }

  @Override
  protected Tracker tracker() {
    return new Mlflow("http://localhost:" + http.getAddress().getPort(), "espalier");
  }

  @Override
  protected String written(Tracker.Start start) {
    StringBuilder all = new StringBuilder();
    runs.forEach(
        (id, run) -> {
          String name = tags(run).get("espalier.name");
          String of = start.run() + "/" + start.name();
          if (name.equals(of) || name.startsWith(of + "-training-")) {
            all.append(run);
          }
        });
    return all.toString();
  }

  private static Tracker.Start start(Map<String, String> settings) {
    return new Tracker.Start("demo-1a2b3c4d", "k-2", 3, settings, Path.of(""));
  }

  private static void measure(Tracker.Session session, long iteration) {
    session.measured(new Tracker.Measurement(1, iteration, TIME, Map.of("test/accuracy", 0.625)));
  }

  @Test
  void aReplicateIsARunAndATrainingANestedOne() {
    Tracker.Session session = tracker().begin(start(Map.of("training.batch-size", "60")));
    session.training(new Tracker.Training(1, "round 0 (1 of 2)", 0.5, 0, 40, false));
    measure(session, 20);
    session.end(true);
    assertThat(experiment).isEqualTo("espalier");
    JsonObject replicate = runs.get("run0");
    assertThat(tags(replicate))
        .containsEntry("espalier.run", "demo-1a2b3c4d")
        .containsEntry("espalier.variant", "k-2")
        .containsEntry("espalier.replicate", "3");
    assertThat(replicate.getAsJsonArray("params").toString())
        .contains("\"training.batch-size\"", "\"60\"");
    JsonObject training = runs.get("run1");
    assertThat(tags(training)).containsEntry("mlflow.parentRunId", "run0");
    JsonObject metric = training.getAsJsonArray("metrics").get(1).getAsJsonObject();
    assertThat(metric.get("key").getAsString()).isEqualTo("test/accuracy");
    assertThat(metric.get("value").getAsDouble()).isEqualTo(0.625);
    assertThat(metric.get("step").getAsLong()).isEqualTo(20);
    assertThat(metric.get("timestamp").getAsLong()).isEqualTo(TIME.toEpochMilli());
    assertThat(runs.values())
        .allSatisfy(run -> assertThat(run.get("status").getAsString()).isEqualTo("FINISHED"));
  }

  @Test
  void anInterruptedReplicateIsContinuedAndACompleteOneIsNotWrittenAgain() {
    Tracker.Session first = tracker().begin(start(Map.of()));
    first.training(new Tracker.Training(1, "round 0", 1, 0, 40, false));
    measure(first, 20);
    first.end(false);
    assertThat(runs.get("run1").get("status").getAsString()).isEqualTo("KILLED");
    Tracker.Session second = tracker().begin(start(Map.of()));
    second.training(new Tracker.Training(1, "round 0", 1, 0, 40, false));
    measure(second, 20); // the checkpoint was before it
    measure(second, 40);
    second.end(true);
    assertThat(runs).hasSize(2);
    assertThat(runs.get("run1").getAsJsonArray("metrics")).as("density, 20, 40").hasSize(3);
    String before = runs.toString();
    Tracker.Session third = tracker().begin(start(Map.of()));
    third.training(new Tracker.Training(1, "round 0", 1, 0, 40, true));
    measure(third, 40);
    third.end(true);
    assertThat(runs).hasToString(before);
  }

  @Test
  void manyParametersAreSentInPartsThatTheServerTakes() {
    Map<String, String> settings = new LinkedHashMap<>();
    for (int i = 0; i < 250; i++) {
      settings.put("key-" + i, "x".repeat(600));
    }
    tracker().begin(start(settings)).end(true);
    assertThat(calls.stream().filter("runs/log-batch"::equals)).hasSize(3);
    assertThat(runs.get("run0").getAsJsonArray("params"))
        .hasSize(250)
        .allSatisfy(
            param -> assertThat(param.getAsJsonObject().get("value").getAsString()).hasSize(500));
  }

  @Test
  void anAddressWithAPasswordIsRefusedAndNotPrinted() {
    assertThatThrownBy(() -> new Mlflow("http://me:secret@host:5000/path", "espalier"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("MLFLOW_TRACKING_PASSWORD")
        .hasMessageNotContaining("secret");
    assertThat(new Mlflow("http://host/a@b", "espalier").uri()).isEqualTo("http://host/a@b");
  }

  @Test
  void aServerThatDoesNotAnswerIsAnExceptionAfterTheLimit() {
    CountDownLatch never = new CountDownLatch(1);
    assertThatThrownBy(
            () ->
                new LimitedSession(
                    () -> {
                      never.await();
                      return new Tracker.Session() {};
                    },
                    Duration.ofMillis(20)))
        .hasMessage("no answer of the server within 0 s");
  }

  @Test
  void aServerThatIsNotThereIsAnException() {
    Tracker tracker = tracker();
    http.stop(0);
    assertThatThrownBy(() -> tracker.begin(start(Map.of()))).isInstanceOf(RuntimeException.class);
  }
}
