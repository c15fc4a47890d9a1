// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.api.settings.Nearest;
import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.cluster.ClusterFile;
import dev.espalier.runner.cluster.ClusterRun;
import dev.espalier.runner.cluster.ClusterSettings;
import dev.espalier.runner.cluster.SlurmRun;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.run.RemoteRun;
import dev.espalier.runner.run.Screen;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of a command that lets a cluster start its workers. */
final class ClusterOptions {

  private static final String SLURM = "slurm";

  private static final String KUBERNETES = "kubernetes";

  private static final List<String> ENGINES = List.of(SLURM, KUBERNETES);

  /** The engines, for shells. */
  static final class Engines implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return ENGINES.iterator();
    }
  }

  @Option(
      names = "--on",
      paramLabel = "<engine>",
      completionCandidates = Engines.class,
      description =
          "computes on a cluster, and trains nothing on this machine: slurm submits workers as jobs"
              + " and waits for them; kubernetes needs --print")
  private String engine;

  @Option(
      names = "--print",
      description = "with --on: prints the script or the manifest, and submits nothing")
  private boolean isPrinted;

  @Option(names = "--detach", description = "with --on: returns after the jobs are submitted")
  private boolean isDetached;

  @Option(
      names = "--cluster",
      paramLabel = "<file>",
      description =
          "with --on: the settings of the cluster (default: ./cluster.conf, or else"
              + " ~/.config/espalier/cluster.conf); 'espalier describe cluster' names them")
  private Path file;

  /** Whether a cluster computes. */
  boolean isOn() {
    if (engine == null && (isPrinted || isDetached || file != null)) {
      String option = isPrinted ? "--print" : isDetached ? "--detach" : "--cluster";
      throw ConfigProblem.of(
          List.of(new Refusal(option, "without --on", "with it, such as --on slurm", "")));
    }
    if (engine != null && !ENGINES.contains(engine)) {
      throw ConfigProblem.of(
          List.of(
              new Refusal(
                  "--on",
                  "\"" + engine + "\"",
                  String.join(" or ", ENGINES),
                  Nearest.remedy(engine, ENGINES))));
    }
    if (KUBERNETES.equals(engine) && !isPrinted) {
      throw ConfigProblem.of(
          List.of(
              new Refusal(
                  "--on",
                  "kubernetes without --print",
                  "kubernetes with --print",
                  "Give the output to 'kubectl apply --server-side -f -'")));
    }
    return engine != null;
  }

  /**
   * Computes an experiment on the cluster.
   *
   * @param root the parent folder of {@code runs} and {@code store}
   * @param workers the number of workers; that of the settings if it is 0
   * @param more further options of a worker
   */
  void run(
      Registry registry, Draft draft, Path root, int workers, List<String> more, Screen screen) {
    ClusterSettings settings = ClusterFile.settings(Optional.ofNullable(file), registry);
    if (!isPrinted) {
      SlurmRun.check();
    }
    ClusterRun run =
        new ClusterRun(settings, RemoteRun.check(registry, root, draft), root, workers, more);
    if (isPrinted) {
      if (engine.equals(KUBERNETES)) {
        run.printKubernetes(screen);
      } else {
        run.printSlurm(screen);
      }
      return;
    }
    try {
      run.submit(screen, isDetached);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
