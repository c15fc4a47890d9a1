// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.api.settings.Nearest;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.plugin.PluginProblem;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.ScreenWidth;
import dev.espalier.runner.run.Provenance;
import dev.espalier.runner.run.RunHeld;
import dev.espalier.runner.run.Screen;
import dev.espalier.runner.store.NotWritten;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command {@code espalier}. */
@Command(
    name = "espalier",
    description = "Finds sparse sub-networks, and measures what they are worth.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {
      RunCommand.class,
      WorkCommand.class,
      StatusCommand.class,
      CancelCommand.class,
      ReportCommand.class,
      AnalyseCommand.class,
      CollapseCommand.class,
      CompareCommand.class,
      ExportCommand.class,
      ImportCommand.class,
      ListCommand.class,
      DescribeCommand.class,
      ShowCommand.class,
      LineageCommand.class,
      GcCommand.class,
      DoctorCommand.class,
      BenchCommand.class,
      AutoComplete.GenerateCompletion.class
    },
    footer = {
      "",
      "Begin with 'espalier run demo'. 'espalier <command> --help' describes a command.",
      "Completion in bash and zsh: source <(espalier generate-completion)"
    })
public final class Main {

  private final Screen screen;

  private Main(Screen screen) {
    this.screen = screen;
  }

  Screen screen() {
    return screen;
  }

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
    System.exit(execute(Terminal.screen(writer(System.out)), writer(System.err), args));
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, Charset.defaultCharset());
  }

  /** Runs a command whose output goes to a file, and returns its exit code. */
  static int execute(PrintWriter out, PrintWriter err, String... args) {
    return execute(new Screen(out), err, args);
  }

  /** Runs a command and returns its exit code. */
  static int execute(Screen screen, PrintWriter err, String... args) {
    Logging.begin();
    CommandLine command = new CommandLine(new Main(screen));
    PrintWriter out = screen.out();
    command.setOut(out).setErr(err).setUsageHelpWidth(helpWidth(screen));
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
          mistake(e, wrong, err);
          return ExitCode.MISTAKE;
        });
    command.setExecutionExceptionHandler((e, failed, parsed) -> report(e, err));
    try {
      return command.execute(args);
    } catch (StackOverflowError | OutOfMemoryError | LinkageError | AssertionError e) {
      return report(e, err);
    }
  }

  /** The narrowest help that picocli can write has 55 columns. */
  private static int helpWidth(Screen screen) {
    int columns = screen.width().columns();
    return columns == ScreenWidth.UNLIMITED.columns() ? 80 : Math.max(55, columns);
  }

  /** Prints what is wrong with a command line. A value after an unknown option is not named. */
  private static void mistake(ParameterException e, String[] wrong, PrintWriter err) {
    CommandLine command = e.getCommandLine();
    Optional<String> option =
        e instanceof UnmatchedArgumentException unmatched
            ? unmatched.getUnmatched().stream().filter(arg -> arg.startsWith("-")).findFirst()
            : Optional.empty();
    err.println(
        "espalier: " + option.map(name -> "Unknown option: '" + name + "'").orElse(e.getMessage()));
    List<String> known =
        option.isPresent()
            ? List.copyOf(command.getCommandSpec().optionsMap().keySet())
            : List.copyOf(command.getSubcommands().keySet());
    option
        .or(() -> Stream.of(wrong).findFirst())
        .flatMap(arg -> Nearest.to(arg, known))
        .ifPresent(near -> err.println("Did you mean " + near + "?"));
    if (e instanceof MissingParameterException && command.getCommandName().equals("run")) {
      err.println("To begin: espalier run demo");
    }
    err.println("See: " + command.getCommandSpec().qualifiedName() + " --help");
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
    if (e instanceof InvalidPathException) { // has letters that the locale does not have
      err.println(
          "espalier: found the path "
              + e.getMessage()
              + ". If the locale lacks its letters, set LC_ALL=C.UTF-8");
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
