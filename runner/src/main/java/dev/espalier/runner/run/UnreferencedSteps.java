// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.settings.Refusal;
import dev.espalier.api.state.Digest;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.results.StepRecord;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.results.TicketFolder;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.Claims;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files of a store that no run refers to. A run refers to the steps behind its tickets, and to
 * the steps since the begin of its last complete start, with their checkpoints. Temporary files of
 * killed processes, in the store or in a run, are unreferenced after an hour.
 *
 * <p>Without intermediate steps, a complete run refers only to its masks and to the trainings that
 * no later step of it reads. Entries with the weights of tickets, as their records name them, are
 * referenced in any case.
 *
 * <p>While an instance is open, no run can start or resume. It cannot be opened while a worker is
 * at work.
 */
public final class UnreferencedSteps implements AutoCloseable {

  private static final Duration FORGOTTEN = Duration.ofHours(1);

  private static final Pattern KEY = Pattern.compile("\"key\":\"([0-9a-f]{64})\"");

  private static final String BEGIN = "\"event\":\"begin\"";
  private static final String END = "\"event\":\"end\"";

  private final List<RunFolder> runs = new ArrayList<>();
  private final boolean withIntermediate;
  private final Set<Digest> referenced = new HashSet<>();
  private final List<Path> files = new ArrayList<>();
  private int kept;

  /**
   * Creates the list of unreferenced files.
   *
   * @param root the parent folder of {@code runs} and {@code store}
   * @param withIntermediate whether a complete run refers to trainings that only its later steps
   *     read, or nothing
   * @throws RunHeld if a run, a worker or a step is in progress
   * @throws ConfigProblem if the store or the folder of runs does not exist, or a ticket cannot be
   *     read
   */
  public UnreferencedSteps(Path root, boolean withIntermediate) {
    this.withIntermediate = withIntermediate;
    for (String folder : List.of(RunLayout.STORE, RunLayout.RUNS)) {
      if (!Files.isDirectory(root.resolve(folder))) {
        throw ConfigProblem.of(
            List.of(
                new Refusal(
                    "--dir",
                    "no folder " + root.resolve(folder),
                    "the folder where experiments were run, with store and runs",
                    "Name it with --dir")));
      }
    }
    Instant begin = Instant.now();
    Store store = new Store(root.resolve(RunLayout.STORE), damage -> {});
    try {
      hold(root.resolve(RunLayout.RUNS));
      for (RunFolder run : runs) {
        refer(run);
      }
      for (Path file : store.files()) {
        refuseHeld(file);
        Optional<Digest> key = store.key(file);
        boolean isNeeded =
            key.isPresent()
                ? referenced.contains(key.get())
                    && !(store.isCheckpoint(file) && store.has(key.get()))
                : !isTemporary(file) || !isForgotten(file);
        // A run that begins meanwhile is not locked, and its steps are not known here.
        boolean isNew = Files.getLastModifiedTime(file).toInstant().isAfter(begin);
        if (isNeeded || isNew) {
          kept++;
        } else {
          files.add(file);
        }
      }
      for (RunFolder run : runs) {
        addForgotten(run.path());
      }
    } catch (IOException e) {
      close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void hold(Path folder) throws IOException {
    try (Stream<Path> folders = Files.list(folder)) {
      for (Path run : folders.filter(Files::isDirectory).sorted().toList()) {
        if (Files.exists(run.resolve(RunLayout.EXPERIMENT))) { // else it is a folder of the user
          runs.add(new RunFolder(run));
        }
      }
    }
  }

  private void refer(RunFolder run) throws IOException {
    WorkerFolder.checkFree(run.path());
    List<String> lines = events(run.path());
    boolean isComplete = isComplete(lines);
    List<StepRecord> steps = new ArrayList<>();
    if (Files.isDirectory(run.file(RunLayout.TICKETS))) {
      for (StoredTicketResult ticket : TicketFolder.read(run.file(RunLayout.TICKETS)).complete()) {
        ticket.row().account().steps().forEach(steps::add);
        referenced.addAll(ticket.weights());
      }
    }
    if (withIntermediate || !isComplete) {
      steps.forEach(step -> referenced.add(step.key()));
      refer(lines);
      if (!isComplete) { // else the run itself has found all steps of its workers
        for (Path worker : WorkerFolder.all(run.path())) {
          events(worker).forEach(line -> addKeys(line, referenced));
        }
      }
    } else {
      referenced.addAll(results(steps));
    }
  }

  private static List<String> events(Path folder) throws IOException {
    Path events = folder.resolve(RunLayout.EVENTS);
    return Files.exists(events) ? Files.readAllLines(events) : List.of();
  }

  /** The masks, which are small, and the trainings that no other step of the run reads. */
  private static Set<Digest> results(List<StepRecord> steps) {
    Set<Digest> results = new HashSet<>();
    steps.forEach(step -> results.add(step.key()));
    steps.forEach(step -> results.removeAll(step.inputs()));
    steps.stream().filter(StepRecord::isPrune).forEach(step -> results.add(step.key()));
    return results;
  }

  /** Whether the last start of a run has ended, without a failure. */
  private static boolean isComplete(List<String> events) {
    boolean isComplete = false;
    for (String line : events) {
      isComplete = !line.contains(BEGIN) && (isComplete || line.contains(END));
    }
    return isComplete;
  }

  private void refer(List<String> events) {
    Set<Digest> before = new LinkedHashSet<>();
    Set<Digest> since = new LinkedHashSet<>();
    for (String line : events) {
      if (line.contains(BEGIN)) {
        before.addAll(since); // kept until a later start has ended
        since.clear();
      }
      addKeys(line, since);
      if (line.contains(END)) {
        before.clear();
      }
    }
    referenced.addAll(before);
    referenced.addAll(since);
  }

  /** Finds keys by their form, not as JSON: a line may be incomplete after a crash. */
  private static void addKeys(String text, Set<Digest> keys) {
    Matcher matcher = KEY.matcher(text);
    while (matcher.find()) {
      keys.add(new Digest(matcher.group(1)));
    }
  }

  private void addForgotten(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(UnreferencedSteps::isTemporary).toList()) {
        if (isForgotten(file)) {
          files.add(file);
        }
      }
    }
  }

  /** Refuses if a process computes a step; a claim that is an hour old has no holder. */
  private static void refuseHeld(Path file) throws IOException {
    Claims claims = Claims.ofProcess();
    if (file.toString().endsWith(Claims.ENDING) && claims.isHeld(file) && !isForgotten(file)) {
      throw new RunHeld("the step of " + file, claims.holder(file).orElse("another process"));
    }
  }

  /** Whether a file is left by a process that was killed; claims that are held were refused. */
  private static boolean isTemporary(Path file) {
    return file.toString().endsWith(AtomicFile.TEMPORARY)
        || file.toString().endsWith(Claims.ENDING);
  }

  private static boolean isForgotten(Path file) throws IOException {
    return Files.getLastModifiedTime(file).toInstant().isBefore(Instant.now().minus(FORGOTTEN));
  }

  /** The unreferenced files. */
  public List<Path> files() {
    return List.copyOf(files);
  }

  /** The number of runs. */
  public int runs() {
    return runs.size();
  }

  /** The number of files of the store that are kept. */
  public int kept() {
    return kept;
  }

  /** Removes the files; workers look at all cells again. */
  public void remove() {
    runs.forEach(run -> new Cells(run.path()).forget());
    try {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Releases the runs. */
  @Override
  public void close() {
    runs.forEach(RunFolder::close);
  }
}
