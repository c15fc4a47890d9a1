// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.read.ListAppender;
import dev.espalier.runner.run.Devices;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/** Logs warnings to the screen and everything to the log file of a run. */
final class Logging {

  private static Path file;

  /** The messages before the log file, such as warnings of the data; empty once it is open. */
  private static ListAppender<ILoggingEvent> earlier;

  private Logging() {}

  /** Sends warnings to standard error, and discards all else. */
  static void begin() {
    file = null;
    Logger root = root();
    root.detachAndStopAllAppenders();
    root.setLevel(Level.INFO);
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setTarget("System.err");
    ThresholdFilter warnings = new ThresholdFilter();
    warnings.setLevel(Level.WARN.levelStr);
    warnings.start();
    console.addFilter(warnings);
    add(console, "%level %msg%n");
    earlier = new ListAppender<>();
    earlier.start();
    root.addAppender(earlier);
    // Warns on every machine that has CUDA's runtime but no GPU.
    root()
        .getLoggerContext()
        .getLogger("ai.djl.util.cuda.CudaUtils")
        .setLevel(Devices.hasDriver() ? Level.WARN : Level.ERROR);
  }

  /**
   * Appends all messages to a file, too, with those since {@link #begin}; if it cannot be opened, a
   * warning is logged.
   */
  static void to(Path log) {
    FileAppender<ILoggingEvent> appender = new FileAppender<>();
    appender.setFile(log.toString());
    add(appender, "%date{ISO8601, UTC} %level %logger{0} %msg%n%ex");
    root().detachAppender(earlier);
    if (appender.isStarted()) {
      file = log;
      earlier.list.forEach(appender::doAppend);
      earlier.list.clear();
    } else {
      root().warn("the log {} cannot be written; going on without it", log);
    }
  }

  /** The file for the trace of a failure, if a run has opened one. */
  static Optional<Path> file() {
    return Optional.ofNullable(file);
  }

  private static void add(OutputStreamAppender<ILoggingEvent> appender, String pattern) {
    LoggerContext context = root().getLoggerContext();
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(pattern);
    encoder.start();
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.start();
    if (appender.isStarted()) {
      root().addAppender(appender);
    }
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }
}
