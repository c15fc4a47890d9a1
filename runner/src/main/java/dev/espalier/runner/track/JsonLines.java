// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.track;

import dev.espalier.api.Tracker;
import dev.espalier.runner.run.EventFile;
import dev.espalier.runner.store.NotWritten;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Appends each event of a replicate to {@code json-lines/<replicate>.jsonl}, one JSON object a
 * line. Events are {@code begin}, {@code training}, {@code metric}, {@code ticket} and {@code end};
 * docs/results.md lists their keys. A value or a ticket that the file has is not written again: a
 * resumed training computes the points after its checkpoint twice.
 */
public record JsonLines() implements Tracker {

  @Override
  public Session begin(Start start) {
    return new Lines(start);
  }

  /** The file of one replicate. */
  private static final class Lines implements Session {

    private static final String METRIC = "metric";
    private static final String TICKET = "ticket";

    private final Start start;
    private final EventFile file;

    /** The values and tickets in the file, without their times. */
    private final Set<String> written = new HashSet<>();

    Lines(Start start) {
      this.start = start;
      Path path = start.folder().resolve(RunLayout.JSON_LINES).resolve(start.name() + ".jsonl");
      try {
        Files.createDirectories(path.getParent());
        file = EventFile.open(path);
        if (Files.exists(path)) {
          Files.readAllLines(path).forEach(line -> written.add(withoutTime(line)));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(new NotWritten(path, e));
      }
      append("begin", Map.of("settings", start.settings()));
    }

    private void append(String event, Map<String, ?> details) {
      append(event, Instant.now(), details);
    }

    private static String withoutTime(String line) {
      return line.substring(line.indexOf(',') + 1);
    }

    private void append(String event, Instant time, Map<String, ?> details) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("time", time.toString());
      line.put("event", event);
      line.put("run", start.run());
      line.put("variant", start.variant());
      line.put("replicate", start.replicate());
      line.putAll(details);
      boolean isOnce = event.equals(METRIC) || event.equals(TICKET);
      if (!isOnce || written.add(withoutTime(EventFile.text(line)))) {
        file.append(line);
      }
    }

    @Override
    public void training(Training training) {
      Map<String, Object> details = new LinkedHashMap<>();
      details.put("training", training.number());
      details.put("name", training.name());
      details.put("density", training.density());
      details.put("from", training.from());
      details.put("until", training.until());
      details.put("stored", training.isStored());
      append("training", details);
    }

    @Override
    public void measured(Measurement measurement) {
      measurement
          .values()
          .forEach(
              (name, value) -> {
                Map<String, Object> details = new LinkedHashMap<>();
                details.put("training", measurement.training());
                details.put("step", measurement.iteration());
                details.put("name", name);
                details.put("value", value);
                append(METRIC, measurement.time(), details);
              });
    }

    @Override
    public void ticket(Published published) {
      Map<String, Object> details = new LinkedHashMap<>();
      details.put("name", published.name());
      details.put("round", published.ticket().round());
      details.put("branch", published.ticket().branch());
      details.put("control", published.isControl());
      details.put("density", published.density());
      details.put("findings", published.ticket().findings());
      int points = published.history().size();
      if (points > 0) {
        details.put("step", published.history().get(points - 1).iteration());
        details.put("values", published.history().get(points - 1).values());
      }
      append(TICKET, details);
    }

    @Override
    public void end(boolean isComplete) {
      append("end", Map.of("complete", isComplete));
    }
  }
}
