// SPDX-License-Identifier: Apache-2.0
package dev.espalier.mlflow;

import dev.espalier.api.Tracker;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import java.time.Duration;
import org.mlflow.tracking.MlflowClient;

/**
 * Writes to a server of MLflow. A replicate is a run, whose parameters are the settings of the
 * experiment. Its tickets are metrics of this run, such as {@code ticket/test/accuracy}, and the
 * step is the round. A training is a nested run, whose step is the iteration.
 *
 * <p>A resumed replicate continues its runs, which it finds by the tag {@code espalier.name}. A
 * complete one is not written again, nor a value up to the last step that the server has. {@code
 * MLFLOW_TRACKING_USERNAME}, {@code MLFLOW_TRACKING_PASSWORD} and {@code MLFLOW_TRACKING_TOKEN} are
 * read as the client does. A call ends with an exception after a minute.
 *
 * @param uri the address of the server, without a password
 * @param experiment the name of the experiment in MLflow, which is created if it is not there
 */
public record Mlflow(
    @Setting(value = "address of the server", defaults = "\"http://localhost:5000\"") String uri,
    @Setting(value = "name of the experiment in MLflow", defaults = "espalier") String experiment)
    implements Tracker {

  private static final Duration LIMIT = Duration.ofMinutes(1);

  /** Refuses a password, which experiment.conf would contain. */
  public Mlflow {
    if (uri.matches("(?s)[^/]*//[^/]*@.*")) {
      throw new RefusedException(
          "uri",
          "an address with a user or a password",
          "one without them, such as http://localhost:5000",
          "Set the environment variables MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD");
    }
  }

  @Override
  public Session begin(Start start) {
    return new LimitedSession(
        () -> new MlflowSession(new MlflowClient(uri), experiment, start), LIMIT);
  }
}
