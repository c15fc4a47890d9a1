// SPDX-License-Identifier: Apache-2.0
package dev.espalier.spark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/**
 * Workers of Espalier as tasks of Spark, for {@code spark-submit}. Each task starts {@code espalier
 * work} as a process and waits for it. Spark repeats a task whose worker died, and the worker goes
 * on from its checkpoint. This class needs only the Java of the cluster, 8 or later.
 */
public final class SparkWorkers {

  private static final String USAGE =
      "the arguments are: --workers <n> -- <espalier> work <experiment> --dir <shared folder> ...";

  /** The exit code of Espalier after a mistake of the user, which no retry mends. */
  private static final int MISTAKE = 2;

  private SparkWorkers() {}

  /**
   * Starts workers and waits for them. Exits with 2 after a mistake of the user, and with 1 if
   * Spark gives up.
   *
   * @param args {@code --workers <n> -- <command>}
   */
  public static void main(String[] args) {
    int exit;
    try {
      List<String> command = command(args);
      exit = run(Integer.parseInt(args[1]), command);
    } catch (IllegalArgumentException e) {
      System.err.println("espalier: " + e.getMessage() + "; " + USAGE);
      exit = MISTAKE;
    }
    if (exit != 0) {
      System.exit(exit);
    }
  }

  /** Returns the command of a worker. */
  static List<String> command(String... args) {
    if (args.length < 4 || !args[0].equals("--workers") || !args[2].equals("--")) {
      throw new IllegalArgumentException("found " + String.join(" ", args));
    }
    if (!args[1].matches("[1-9][0-9]{0,4}")) {
      throw new IllegalArgumentException("--workers: found " + args[1] + ", allowed is 1 to 99999");
    }
    // A part of a list cannot be sent to an executor.
    return new ArrayList<>(Arrays.asList(args).subList(3, args.length));
  }

  private static int run(int workers, List<String> command) {
    // A second copy of a slow task would only wait for the first.
    SparkConf conf = new SparkConf().set("spark.speculation", "false");
    conf.setIfMissing("spark.app.name", "espalier");
    Mistakes mistakes = new Mistakes();
    String failure = null;
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      mistakes.cancel = () -> spark.sc().cancelAllJobs();
      spark.sc().addSparkListener(mistakes);
      spark.sc().setJobGroup("espalier", "workers of Espalier", true); // interrupts killed tasks
      List<Integer> numbers =
          IntStream.range(0, workers).boxed().collect(Collectors.toCollection(ArrayList::new));
      String id = spark.sc().applicationId().replaceAll("[^A-Za-z0-9]+", "-");
      spark.parallelize(numbers, workers).foreach(new Worker(id, command));
    } catch (RuntimeException e) {
      failure = e.getMessage();
    } catch (Exception e) { // Scala does not declare the exceptions of Spark
      if (!(e instanceof SparkException)) {
        throw e;
      }
      failure = e.getMessage();
    }
    // Closing the context waits for the listener.
    if (mistakes.first != null) {
      System.err.println("espalier: " + mistakes.first);
      return MISTAKE;
    }
    if (failure != null) {
      System.err.println("espalier: " + failure);
      System.err.println("espalier: submit the same command again to go on");
      return 1;
    }
    return 0;
  }

  /** Ends the job at the first mistake of the user. */
  private static final class Mistakes extends SparkListener {

    private volatile Runnable cancel;
    private volatile String first;

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      if (first == null
          && end.reason() instanceof ExceptionFailure
          && ((ExceptionFailure) end.reason()).className().equals(UserMistake.class.getName())) {
        first = ((ExceptionFailure) end.reason()).description();
        cancel.run();
      }
    }
  }

  /** A worker ended with the exit code of a user mistake. */
  static final class UserMistake extends Exception {
    private static final long serialVersionUID = 1;

    UserMistake(String message) {
      super(message);
    }
  }

  /** One worker, in an executor. */
  static final class Worker implements VoidFunction<Integer> {

    private static final long serialVersionUID = 1;

    private static final long EVERY = 500;
    private static final long SECONDS_TO_SAVE = 70;

    private final String application;
    private final ArrayList<String> command;

    Worker(String application, List<String> command) {
      this.application = application;
      this.command = new ArrayList<>(command);
    }

    @Override
    public void call(Integer number) throws Exception {
      TaskContext task = TaskContext.get();
      List<String> words = new ArrayList<>(command);
      words.add("--name");
      words.add(application + "-" + number + "." + task.attemptNumber());
      words.add("--attached"); // ends with its input, and so with this executor
      ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
      adapt(builder.environment(), task.resourcesJMap());
      Process process = builder.start();
      Output output = new Output(process);
      output.start();
      try {
        while (!process.waitFor(EVERY, TimeUnit.MILLISECONDS)) {
          if (task.isInterrupted()) {
            throw new InterruptedException();
          }
        }
        output.join();
      } catch (InterruptedException e) {
        end(process);
        throw new TaskKilledException("the task was killed");
      }
      int code = process.exitValue();
      String where = "worker " + number + " on " + InetAddress.getLocalHost().getHostName();
      if (code == MISTAKE) {
        throw new UserMistake(output.last);
      } else if (code != 0) {
        throw new IOException(where + " ended with exit code " + code + ": " + output.last);
      }
    }

    /** Adapts the environment of an executor to a worker. */
    static void adapt(Map<String, String> environment, Map<String, ResourceInformation> resources) {
      environment.keySet().removeIf(name -> name.startsWith("SPARK_"));
      environment.putIfAbsent("OMP_WAIT_POLICY", "passive");
      ResourceInformation gpus = resources.get("gpu");
      if (gpus != null) {
        environment.put("CUDA_VISIBLE_DEVICES", String.join(",", gpus.addresses()));
      }
    }

    /** Ends a worker with a checkpoint. */
    private static void end(Process process) {
      process.destroy();
      try {
        if (!process.waitFor(SECONDS_TO_SAVE, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) { // the executor ends, and the worker needs no waiting
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Copies the output of a worker to that of its executor. */
  private static final class Output extends Thread {

    private static final String MESSAGE = "espalier: ";

    private final Process process;
    private volatile String last = "it has no message";

    Output(Process process) {
      super("output of a worker");
      this.process = process;
      setDaemon(true);
    }

    @Override
    public void run() {
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          System.err.println(line);
          if (line.startsWith(MESSAGE)) {
            last = line.substring(MESSAGE.length());
          }
        }
      } catch (IOException e) {
        System.err.println("The output of a worker cannot be read: " + e.getMessage());
      }
    }
  }
}
