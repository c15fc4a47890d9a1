// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import ai.djl.engine.Engine;
import com.google.gson.Gson;
import dev.espalier.api.engine.GpuMode;
import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.SharedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the workers of a run have in common; the first one writes it into {@code cells/plan.json}.
 * Workers of another kind would compute the steps again, since keys of steps differ. The model of
 * the device is no part of a key, although it can change the last bits: another one is a warning.
 *
 * @param cells the number of cells
 * @param facts the program, PyTorch, the kind and the model of the device, and the threads, each
 *     with its name
 */
record WorkPlan(int cells, Map<String, String> facts) {

  static final String FILE = "plan.json";

  private static final String CELLS = "cells";
  private static final String PROGRAM = "espalier";
  private static final String MODEL = "model";

  private static final Logger LOG = LoggerFactory.getLogger(WorkPlan.class);

  /** The plan of this process. */
  static WorkPlan of(Sweep sweep, Device device) {
    Engine engine = Engine.getInstance();
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(PROGRAM, program());
    facts.put("engine", engine.getEngineName() + " " + engine.getVersion());
    facts.put("device", device.isGpu() ? "gpu" : "cpu");
    facts.put(MODEL, Provenance.model(device));
    if (device.isGpu()) {
      GpuMode mode = GpuMode.here();
      facts.put("tf32", mode.tf32());
      facts.put("cudnn-benchmark", Boolean.toString(mode.benchmarks()));
    } else {
      facts.put("threads", Integer.toString(sweep.first().threads()));
    }
    return new WorkPlan(Cell.of(sweep).size(), facts);
  }

  /** Reads the plan of a run; empty if it has had no workers. A damaged one is written again. */
  static Optional<WorkPlan> read(Path run) throws IOException {
    return SharedFile.json(
        file(run),
        json -> {
          int cells = json.remove(CELLS).getAsInt();
          Map<String, String> facts = new LinkedHashMap<>();
          json.entrySet().forEach(fact -> facts.put(fact.getKey(), fact.getValue().getAsString()));
          return new WorkPlan(cells, facts);
        });
  }

  /**
   * Agrees with the plan of a run, or writes it.
   *
   * @throws ConfigProblem if the workers of the run are of another kind
   */
  void agree(Path run) throws IOException {
    if (read(run).isEmpty()) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put(CELLS, cells);
      json.putAll(facts);
      AtomicFile.write(file(run), new Gson().toJson(json) + "\n");
    }
    WorkPlan first = read(run).orElse(this);
    List<Refusal> refusals = new ArrayList<>();
    facts.forEach(
        (name, own) -> {
          String theirs = first.facts.getOrDefault(name, "none");
          if (name.equals(MODEL) && !own.equals(theirs)) {
            LOG.warn(
                "this machine computes with {}, and the first worker of the run with {}: the last"
                    + " bits of results can differ. Choose machines of one kind",
                own,
                theirs);
          } else if (!own.equals(theirs)) {
            refusals.add(
                new Refusal(
                    name,
                    own,
                    theirs + ", as the workers of " + run + " have",
                    "Start all of them alike, or remove the folder "
                        + run.resolve(RunLayout.CELLS)
                        + " to begin again with this one"));
          }
        });
    if (!refusals.isEmpty()) {
      throw ConfigProblem.of(refusals);
    }
  }

  /**
   * Agrees with the plan of a run, as {@link #agree} does, but begins again with a new version of
   * the program if no worker is at work.
   */
  void renew(Path run) throws IOException {
    renewProgram(run);
    agree(run);
  }

  /** Begins again with this version of the program if no worker of another one is at work. */
  static void renewProgram(Path run) throws IOException {
    Optional<WorkPlan> old = read(run);
    boolean isNew = old.isPresent() && !program().equals(old.get().facts.get(PROGRAM));
    if (isNew && RunStatus.of(run).workers().isEmpty()) {
      Files.delete(file(run));
      Map<String, String> renewed = new LinkedHashMap<>(old.get().facts);
      renewed.put(PROGRAM, program());
      new WorkPlan(old.get().cells, renewed).agree(run);
      new Cells(run).forget();
    }
  }

  private static String program() {
    return Provenance.version() + Distribution.code().map(it -> " " + it).orElse("");
  }

  private static Path file(Path run) {
    return run.resolve(RunLayout.CELLS).resolve(FILE);
  }
}
