// SPDX-License-Identifier: Apache-2.0
package dev.espalier.mlflow;

import dev.espalier.api.Tracker.Measurement;
import dev.espalier.api.Tracker.Published;
import dev.espalier.api.Tracker.Session;
import dev.espalier.api.Tracker.Start;
import dev.espalier.api.Tracker.Training;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.mlflow.api.proto.Service.CreateRun;
import org.mlflow.api.proto.Service.Experiment;
import org.mlflow.api.proto.Service.Metric;
import org.mlflow.api.proto.Service.Param;
import org.mlflow.api.proto.Service.Run;
import org.mlflow.api.proto.Service.RunStatus;
import org.mlflow.api.proto.Service.RunTag;
import org.mlflow.api.proto.Service.ViewType;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowClientException;

/** The runs of one replicate on a server. */
final class MlflowSession implements Session {

  /** The tag with the name of a replicate or training, by which a later process finds its run. */
  private static final String NAME = "espalier.name";

  private static final String PARENT = "mlflow.parentRunId";

  /** The server takes no more parameters at once. */
  private static final int PARAMETERS = 100;

  /** The longest value of a parameter that each version of the server takes. */
  private static final int LONGEST = 500;

  private final MlflowClient client;
  private final Start start;
  private final String experiment;
  private final String replicate;

  /** Whether an earlier process has written all of it. */
  private final boolean isDone;

  private Optional<String> training = Optional.empty();

  /** The last step of each metric of the replicate that the server has. */
  private final Map<String, Long> tickets;

  /** The same of the current training. */
  private Map<String, Long> points = Map.of();

  MlflowSession(MlflowClient client, String experimentName, Start start) {
    this.client = client;
    this.start = start;
    experiment = experiment(experimentName);
    Optional<Run> found = find(name());
    isDone = found.filter(run -> run.getInfo().getStatus() == RunStatus.FINISHED).isPresent();
    replicate = found.map(run -> run.getInfo().getRunId()).orElseGet(this::create);
    tickets = steps(found);
  }

  private String experiment(String name) {
    Optional<String> found = client.getExperimentByName(name).map(Experiment::getExperimentId);
    try {
      return found.orElseGet(() -> client.createExperiment(name));
    } catch (MlflowClientException e) { // another worker has created it since
      return client.getExperimentByName(name).map(Experiment::getExperimentId).orElseThrow(() -> e);
    }
  }

  private String name() {
    return start.run() + "/" + start.name();
  }

  private Optional<Run> find(String name) {
    String filter = "tags.`" + NAME + "` = '" + name + "'";
    return client
        .searchRuns(List.of(experiment), filter, ViewType.ACTIVE_ONLY, 1)
        .getItems()
        .stream()
        .findFirst();
  }

  /** The last step of each metric. */
  private static Map<String, Long> steps(Optional<Run> run) {
    return run.stream()
        .flatMap(found -> found.getData().getMetricsList().stream())
        .collect(Collectors.toMap(Metric::getKey, Metric::getStep, Math::max));
  }

  private String create() {
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put(NAME, name());
    tags.put("espalier.run", start.run());
    tags.put("espalier.variant", start.variant());
    tags.put("espalier.replicate", Integer.toString(start.replicate()));
    String run = create(start.run() + " " + start.name(), tags);
    List<Param> params = new ArrayList<>();
    start
        .settings()
        .forEach(
            (key, value) ->
                params.add(
                    Param.newBuilder()
                        .setKey(key)
                        .setValue(value.substring(0, Math.min(LONGEST, value.length())))
                        .build()));
    for (int i = 0; i < params.size(); i += PARAMETERS) {
      List<Param> part = params.subList(i, Math.min(params.size(), i + PARAMETERS));
      client.logBatch(run, List.of(), part, List.of());
    }
    return run;
  }

  private String create(String name, Map<String, String> tags) {
    CreateRun.Builder run =
        CreateRun.newBuilder()
            .setExperimentId(experiment)
            .setRunName(name)
            .setStartTime(Instant.now().toEpochMilli());
    tags.forEach((key, value) -> run.addTags(RunTag.newBuilder().setKey(key).setValue(value)));
    return client.createRun(run.build()).getRunId();
  }

  @Override
  public void training(Training next) {
    if (isDone) {
      return;
    }
    endTraining(RunStatus.FINISHED);
    String name = name() + "-training-" + next.number();
    Optional<Run> found = find(name);
    points = steps(found);
    training =
        Optional.of(
            found
                .map(run -> run.getInfo().getRunId())
                .orElseGet(() -> create(next.name(), Map.of(NAME, name, PARENT, replicate))));
    Map<String, Double> values = Map.of("density", next.density());
    measured(new Measurement(next.number(), next.from(), Instant.now(), values));
  }

  @Override
  public void measured(Measurement measurement) {
    training.ifPresent(run -> log(run, measurement, points));
  }

  @Override
  public void ticket(Published published) {
    if (isDone) {
      return;
    }
    endTraining(RunStatus.FINISHED);
    int round = published.ticket().round();
    String branch = published.ticket().branch();
    Map<String, Double> values = new LinkedHashMap<>();
    values.put(branch + "/density", published.density());
    int points = published.history().size();
    if (points > 0) {
      published
          .history()
          .get(points - 1)
          .values()
          .forEach((name, value) -> values.put(branch + "/" + name, value));
    }
    log(replicate, new Measurement(0, round, Instant.now(), values), tickets);
  }

  @Override
  public void end(boolean isComplete) {
    try (client) {
      if (!isDone) {
        RunStatus status = isComplete ? RunStatus.FINISHED : RunStatus.KILLED;
        endTraining(status);
        client.setTerminated(replicate, status);
      }
    }
  }

  private void endTraining(RunStatus status) {
    training.ifPresent(run -> client.setTerminated(run, status));
    training = Optional.empty();
  }

  /** Writes the values whose steps come after those that the server has. */
  private void log(String run, Measurement measurement, Map<String, Long> last) {
    List<Metric> metrics = new ArrayList<>();
    measurement
        .values()
        .forEach(
            (name, value) -> {
              if (measurement.iteration() > last.getOrDefault(name, -1L)) {
                metrics.add(
                    Metric.newBuilder()
                        .setKey(name)
                        .setValue(value)
                        .setTimestamp(measurement.time().toEpochMilli())
                        .setStep(measurement.iteration())
                        .build());
              }
            });
    if (!metrics.isEmpty()) {
      client.logBatch(run, metrics, List.of(), List.of());
    }
  }
}
