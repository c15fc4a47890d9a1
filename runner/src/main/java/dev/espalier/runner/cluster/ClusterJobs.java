// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.cluster;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.store.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The jobs of a run on a cluster: the job array of its workers, and the job that follows.
 *
 * @param jobs their numbers
 */
record ClusterJobs(List<String> jobs) {

  /** The file of the jobs in the folder of a run. */
  static final String FILE = "cluster.json";

  ClusterJobs {
    jobs = List.copyOf(jobs);
  }

  /** Whether a task is a part of the job array of the workers. */
  boolean isOfArray(Slurm.Task task) {
    return task.id().replaceFirst("_.*", "").equals(jobs.get(0));
  }

  /**
   * Reads the jobs of a run; empty if it has none.
   *
   * @throws ConfigProblem if the file is damaged
   */
  static Optional<ClusterJobs> read(Path run) throws IOException {
    Path file = run.resolve(FILE);
    try {
      Map<?, ?> json = new Gson().fromJson(Files.readString(file), Map.class);
      List<String> jobs =
          json != null && json.get("jobs") instanceof List<?> list
              ? list.stream().map(String::valueOf).toList()
              : List.of();
      if (!jobs.isEmpty() && jobs.stream().allMatch(job -> job.matches("\\d+"))) {
        return Optional.of(new ClusterJobs(jobs));
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (JsonParseException e) {
      // said below
    }
    throw new ConfigProblem(file + ": found no numbers of jobs. Remove the file");
  }

  void write(Path run) throws IOException {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("engine", "slurm");
    json.put("jobs", jobs);
    json.put("submitted", Instant.now().toString());
    AtomicFile.write(run.resolve(FILE), new Gson().toJson(json) + "\n");
  }
}
