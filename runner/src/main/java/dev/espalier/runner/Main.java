// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Nearest;
import dev.espalier.runner.plugin.PluginProblem;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.run.Provenance;
import dev.espalier.runner.run.RunHeld;
import dev.espalier.runner.store.NotWritten;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command {@code espalier}. */
@Command(
    name = "espalier",
    description = "Finds sparse sub-networks, and measures what they are worth.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {
      RunCommand.class,
      ReportCommand.class,
      AnalyseCommand.class,
      CollapseCommand.class,
      CompareCommand.class,
      ExportCommand.class,
      ImportCommand.class,
      ListCommand.class,
      DescribeCommand.class,
      LineageCommand.class,
      GcCommand.class,
      DoctorCommand.class,
      BenchCommand.class
    })
public final class Main {

  private Main() {}

  /** Prints the version. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"espalier " + Provenance.version()};
    }
  }

  /**
   * Runs a command and ends the JVM with its exit code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    // DJL would otherwise send usage data from some machines.
    System.setProperty("OPT_OUT_TRACKING", "true");
    // Pictures are drawn into files and need no display.
    System.setProperty("java.awt.headless", "true");
    System.exit(execute(writer(System.out), writer(System.err), args));
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, Charset.defaultCharset());
  }

  /** Runs a command and returns its exit code. */
  static int execute(PrintWriter out, PrintWriter err, String... args) {
    Logging.begin();
    CommandLine command = new CommandLine(new Main());
    command.setOut(out).setErr(err).setUsageHelpAutoWidth(true);
    command.setExecutionStrategy(
        parsed -> {
          if (parsed.subcommand() == null
              && !parsed.isUsageHelpRequested()
              && !parsed.isVersionHelpRequested()) {
            command.usage(out);
            return ExitCode.MISTAKE;
          }
          return new CommandLine.RunLast().execute(parsed);
        });
    command.setParameterExceptionHandler(
        (e, wrong) -> {
          err.println("espalier: " + e.getMessage());
          if (wrong.length > 0 && e.getCommandLine() == command) {
            List<String> commands = new ArrayList<>(command.getSubcommands().keySet());
            Nearest.to(wrong[0], commands)
                .ifPresent(near -> err.println("Did you mean " + near + "?"));
          }
          err.println("See: espalier --help");
          return ExitCode.MISTAKE;
        });
    command.setExecutionExceptionHandler((e, failed, parsed) -> report(e, err));
    try {
      return command.execute(args);
    } catch (StackOverflowError | OutOfMemoryError | LinkageError | AssertionError e) {
      return report(e, err);
    }
  }

  private static int report(Throwable e, PrintWriter err) {
    Registry registry = registry();
    if (e instanceof ConfigProblem
        || e instanceof PluginProblem
        || e instanceof RunHeld
        || e instanceof TrialFailed) {
      err.println("espalier: " + registry.withIds(e.getMessage()));
      return ExitCode.MISTAKE;
    }
    Throwable cause = e instanceof UncheckedIOException ? e.getCause() : e;
    if (cause instanceof NotWritten) {
      err.println(
          "espalier: "
              + cause.getMessage()
              + "; what is finished is kept. Make room or mend what else is wrong there, and start"
              + " the same command again to go on");
      return ExitCode.MISTAKE;
    }
    Optional<String> memory = OutOfMemory.message(e);
    if (memory.isPresent()) {
      err.println("espalier: " + memory.get());
      return ExitCode.MISTAKE;
    }
    if (e instanceof PluginFailed failed && !Registry.isBuiltIn(failed.type())) {
      trace(registry.withIds(e.getMessage()), e, err);
      return ExitCode.MISTAKE;
    }
    Optional<String> culprit = registry.culprit(e);
    if (culprit.isPresent()) {
      trace(culprit.get() + ". Tell its author", e, err);
      return ExitCode.MISTAKE;
    }
    trace("a fault of Espalier: " + e, e, err);
    return ExitCode.FAULT;
  }

  /** All plugins, to name one; none if they contradict each other. */
  private static Registry registry() {
    try {
      return Registry.load();
    } catch (PluginProblem e) {
      return Registry.of();
    }
  }

  /** Prints a failure; its trace is in the log of the run, or on the screen if there is none. */
  private static void trace(String message, Throwable e, PrintWriter err) {
    Optional<Path> file = Logging.file();
    err.println("espalier: " + message + file.map(f -> "; the trace is in " + f).orElse(""));
    if (file.isEmpty()) {
      e.printStackTrace(err);
    } else {
      LoggerFactory.getLogger(Main.class).info(message, e); // below the level of the screen
    }
  }
}
