// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.cluster;

import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.run.Distribution;
import dev.espalier.runner.run.RemoteRun;
import dev.espalier.runner.run.Screen;
import dev.espalier.runner.store.Claims;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A run whose workers a cluster starts. */
public final class ClusterRun {

  private static final Logger LOG = LoggerFactory.getLogger(ClusterRun.class);

  /** File systems in the memory of one machine. */
  private static final Set<String> MEMORY = Set.of("tmpfs", "ramfs");

  /** File systems of one machine, which may nevertheless give a folder to others. */
  private static final Set<String> LOCAL =
      Set.of("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "overlay", "f2fs");

  private final ClusterSettings settings;
  private final RemoteRun run;
  private final Path root;
  private final int workers;
  private final List<String> options;

  /**
   * Creates a run of a cluster.
   *
   * @param settings the settings of the site
   * @param run the run
   * @param root the parent folder of the run and of the store
   * @param workers the number of workers; that of the settings if it is 0
   * @param options further options of a worker
   */
  public ClusterRun(
      ClusterSettings settings, RemoteRun run, Path root, int workers, List<String> options) {
    this.settings = settings;
    this.run = run;
    this.root = root.toAbsolutePath().normalize();
    this.workers = workers == 0 ? settings.workers() : workers;
    this.options = List.copyOf(options);
  }

  private Path folder() {
    return run.folder().toAbsolutePath().normalize();
  }

  /** The command of a worker, without its name. */
  List<String> command() {
    String home =
        settings
            .espalier()
            .or(() -> Distribution.home().map(Path::toString))
            .orElseThrow(
                () ->
                    ConfigProblem.of(
                        List.of(
                            new Refusal(
                                "cluster.espalier",
                                "nothing, and no distribution started this command",
                                "the folder of a distribution"))));
    List<String> command = new ArrayList<>(List.of(home + "/espalier", "work"));
    command.add(SlurmScript.experiment(folder()).toString());
    command.addAll(List.of("--dir", root.toString()));
    command.addAll(options(settings.hasGpu()));
    return command;
  }

  /** The options of a worker. One that gets a GPU refuses to compute without it. */
  private List<String> options(boolean hasGpu) {
    List<String> all = new ArrayList<>(options);
    if (hasGpu && run.sweep().first().device().equals("auto")) {
      all.addAll(List.of("--set", "device=gpu"));
    }
    return all;
  }

  /** The number of workers: those that a cell is left for. */
  private int workers() {
    return Math.min(workers, run.cells());
  }

  /** The batch script of the workers. */
  SlurmScript slurm() {
    refuseUnwritable(root);
    return new SlurmScript(
        settings,
        folder(),
        Path.of("").toAbsolutePath(),
        command(),
        workers(),
        settings.cpus().orElse(run.sweep().first().threads() * settings.perGpu()));
  }

  /** Prints the batch script. */
  public void printSlurm(Screen screen) {
    screen.out().print(slurm().text());
    screen.out().flush();
  }

  /**
   * Prints the manifest of Kubernetes.
   *
   * @throws ConfigProblem if the site file has no section for it
   */
  public void printKubernetes(Screen screen) {
    KubernetesSettings kubernetes =
        settings
            .kubernetes()
            .orElseThrow(
                () ->
                    ConfigProblem.of(
                        List.of(
                            new Refusal(
                                "cluster.kubernetes",
                                "nothing",
                                "a section { image = ... } in cluster.conf",
                                "'espalier describe kubernetes' names its keys"))));
    KubernetesManifest.Pods pods =
        new KubernetesManifest.Pods(
            workers(),
            settings.cpus().orElse(run.sweep().first().threads()),
            settings.memory(),
            settings.retries(),
            ClusterSettings.seconds(settings.signal()));
    KubernetesManifest manifest =
        new KubernetesManifest(
            kubernetes,
            folder().getFileName().toString(),
            run.experiment(),
            options(kubernetes.gpus() > 0),
            pods);
    screen.out().print(manifest.json());
    screen.out().flush();
  }

  /**
   * Submits the workers, or finds those that were submitted before, and waits for them.
   *
   * @param isDetached whether to return without waiting
   * @throws ConfigProblem if Slurm takes no jobs, or cells are missing in the end
   */
  public void submit(Screen screen, boolean isDetached) throws IOException {
    submit(Slurm.onPath(), new SlurmRun(run.folder(), screen), isDetached);
  }

  void submit(Slurm slurm, SlurmRun jobs, boolean isDetached) throws IOException {
    SlurmScript script = slurm();
    checkShared(slurm.nodes());
    if (jobs.isActive()) {
      jobs.line("the jobs of this run are in the queue already, and no others are submitted");
    } else {
      run.begin();
      jobs.submit(script, run.experiment());
    }
    if (isDetached) {
      jobs.explain();
    } else {
      jobs.await();
    }
  }

  /** Refuses a folder whose name Slurm cannot take for its logs. */
  private static void refuseUnwritable(Path folder) {
    if (folder.toString().matches(".*[\\\\\\p{Cntrl}].*")) {
      throw ConfigProblem.of(
          List.of(
              new Refusal(
                  "--dir",
                  "the folder " + folder,
                  "a name without backslashes and control characters, as Slurm writes logs there",
                  "Choose another folder")));
    }
  }

  /**
   * Refuses a folder that the nodes cannot see, and warns of one that they may not see.
   *
   * @throws ConfigProblem if it is in the memory or a temporary folder of this machine
   */
  private void checkShared(Set<String> nodes) throws IOException {
    String host = Claims.hostName().replaceFirst("\\..*", "");
    if (nodes.stream().allMatch(node -> node.replaceFirst("\\..*", "").equals(host))) {
      return; // the only node is this machine
    }
    Optional<String> where = local(root);
    if (where.isPresent()) {
      throw ConfigProblem.of(
          List.of(
              new Refusal(
                  "--dir",
                  "the folder " + root + " in " + where.get() + " of " + host,
                  "a folder that all nodes share",
                  "Choose another one, such as a folder in your home directory")));
    }
    String type = Files.getFileStore(existing(root)).type();
    if (LOCAL.contains(type)) {
      LOG.warn(
          "--dir: found the folder {} on a disk of {} ({}). If the nodes do not share it, their"
              + " tasks end at once",
          root,
          host,
          type);
    }
  }

  /** The place of a folder that only this machine can have; empty for other folders. */
  static Optional<String> local(Path folder) throws IOException {
    if (MEMORY.contains(Files.getFileStore(existing(folder)).type())) {
      return Optional.of("the memory");
    }
    return Stream.of("/tmp", "/var/tmp", "/dev/shm")
        .filter(temporary -> folder.startsWith(temporary))
        .findFirst();
  }

  private static Path existing(Path folder) {
    Path there = folder;
    while (Files.notExists(there)) {
      there = there.getParent();
    }
    return there;
  }
}
