// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import dev.espalier.runner.run.Distribution;
import dev.espalier.runner.store.Claims;
import dev.espalier.runner.store.TemporaryFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Measures what workers gain and cost on this machine: the time of two against that of one, in
 * turns; the time in which a worker starts, finds nothing to do, and ends; and a claim of a step.
 */
public final class WorkersBench {

  /**
   * A measured value.
   *
   * @param name what was measured
   * @param bound its bound
   * @param all the values; for the time of two workers, as a fraction of that of one
   */
  public record Measured(String name, OptionalDouble bound, List<Double> all) implements Bounded {

    @Override
    public double value() {
      return all.stream().sorted().toList().get(all.size() / 2);
    }
  }

  private static final int PAIRS = 2;
  private static final int CLAIMS = 2000;

  /** The heap of a process that trains the demo. */
  private static final long HEAP = 1L << 30;

  private static final String[] DEMO = {
    "demo", "--set", "replicates=4", "--set", "training.iterations=600", "--dir"
  };

  private final PrintWriter out;

  /** Creates a measurement that prints each value when it is known. */
  public WorkersBench(PrintWriter out) {
    this.out = out;
  }

  /** Measures. */
  public List<Measured> measure() throws IOException, InterruptedException {
    out.printf("%-50s %6s %7s %7s %7s%n", "", "bound", "median", "min", "max");
    try (TemporaryFolder folder = new TemporaryFolder("workers")) {
      List<Double> ratios = new ArrayList<>();
      for (int pair = 0; pair < PAIRS; pair++) {
        boolean isOneFirst = pair % 2 == 0;
        double first = seconds(folder.path(), pair, isOneFirst ? 1 : 2);
        double second = seconds(folder.path(), pair, isOneFirst ? 2 : 1);
        ratios.add(isOneFirst ? second / first : first / second);
      }
      List<Double> starts = new ArrayList<>();
      for (int i = 0; i < PAIRS; i++) {
        starts.add(run("work", folder.path().resolve("0-2"), "--no-results"));
      }
      return List.of(
          print("two workers against one, 4 replicates of a demo", 0.6, ratios),
          print("start and end of a worker, s", 4, starts),
          print("claim of a step, ms", 1, claims(folder.path())));
    }
  }

  private static double seconds(Path folder, int pair, int workers)
      throws IOException, InterruptedException {
    return run("run", folder.resolve(pair + "-" + workers), "--workers", Integer.toString(workers));
  }

  /** Runs a command on the demo in a folder, and returns its seconds. */
  private static double run(String command, Path folder, String... more)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(Distribution.command(HEAP));
    words.add(command);
    words.addAll(List.of(DEMO));
    words.add(Files.createDirectories(folder).toString());
    words.addAll(List.of(more));
    Path output = folder.resolve("output.txt");
    long begin = System.nanoTime();
    Process process =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    int exit = process.waitFor();
    if (exit != 0) {
      throw new IOException(command + " has ended with " + exit + ": " + Files.readString(output));
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  private static List<Double> claims(Path folder) throws IOException {
    List<Double> times = new ArrayList<>();
    for (int block = 0; block < PAIRS; block++) {
      long begin = System.nanoTime();
      for (int i = 0; i < CLAIMS; i++) {
        Claims.ofProcess().claim(folder.resolve(i % 100 + Claims.ENDING)).orElseThrow().close();
      }
      times.add((System.nanoTime() - begin) / 1e6 / CLAIMS);
    }
    return times;
  }

  private Measured print(String name, double bound, List<Double> all) {
    Measured measured = new Measured(name, OptionalDouble.of(bound), all);
    double[] sorted = all.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    out.printf(
        Locale.ROOT,
        "%-50s %6.2f %7.3f %7.3f %7.3f%s%n",
        name,
        bound,
        measured.value(),
        sorted[0],
        sorted[sorted.length - 1],
        measured.holds() ? "" : "  above its bound");
    out.flush();
    return measured;
  }
}
