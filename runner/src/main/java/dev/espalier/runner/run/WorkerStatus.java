// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import com.google.gson.Gson;
import dev.espalier.runner.store.Claims;
import dev.espalier.runner.store.SharedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The state of a worker, as it wrote it last.
 *
 * @param host its machine
 * @param pid its process
 * @param device the device that computes
 * @param state what it does, in words
 * @param trainings the number of trainings that it has computed
 */
public record WorkerStatus(String host, long pid, String device, String state, int trainings) {

  static final String FILE = "status.json";

  /** The state of this process. */
  static WorkerStatus ofProcess(String device, String state, int trainings) {
    return new WorkerStatus(
        Claims.hostName(), ProcessHandle.current().pid(), device, state, trainings);
  }

  /** Reads the state of a worker; empty if it has none yet, or a damaged one. */
  static Optional<WorkerStatus> read(Path worker) throws IOException {
    return SharedFile.json(
        worker.resolve(FILE),
        json ->
            new WorkerStatus(
                json.get("host").getAsString(),
                json.get("pid").getAsLong(),
                json.get("device").getAsString(),
                json.get("state").getAsString(),
                json.get("trainings").getAsInt()));
  }

  String json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("host", host);
    json.put("pid", pid);
    json.put("device", device);
    json.put("state", state);
    json.put("trainings", trainings);
    return new Gson().toJson(json) + "\n";
  }
}
