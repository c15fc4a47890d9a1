// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Tracker;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.runner.results.Metrics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The trackers of a run in one process. One that fails is switched off, with a warning. */
final class Trackers {

  private static final Logger LOG = LoggerFactory.getLogger(Trackers.class);

  private final Path run;
  private final Set<Tracker> failed = new HashSet<>();

  /**
   * Creates the trackers of a run.
   *
   * @param run its folder
   */
  Trackers(Path run) {
    this.run = run;
  }

  /** Begins a replicate: each tracker that works begins a session. */
  ReplicateTracking begin(RunContext context, Metrics metrics, String variant, int replicate) {
    List<ReplicateTracking.Tracked> sessions = new ArrayList<>();
    List<Tracker> chosen = context.experiment().trackers();
    if (!chosen.isEmpty()) {
      Tracker.Start start =
          new Tracker.Start(
              String.valueOf(run.getFileName()), variant, replicate, settings(context), run);
      for (Tracker tracker : chosen) {
        guard(
            tracker,
            () ->
                sessions.add(
                    new ReplicateTracking.Tracked(
                        tracker,
                        PluginFailed.nonNull(
                            "tracker", tracker, "session", tracker.begin(start)))));
      }
    }
    return new ReplicateTracking(
        this, sessions, new ReplicateTracking.Place(context, metrics, variant, replicate));
  }

  /** Calls a tracker, unless it has failed. */
  void guard(Tracker tracker, Runnable call) {
    if (failed.contains(tracker)) {
      return;
    }
    try {
      call.run();
    } catch (RuntimeException | LinkageError e) { // training continues without it
      failed.add(tracker);
      LOG.warn(
          "{} failed and is switched off, found {}; results are not affected. Mend its cause and"
              + " run the same command again",
          PluginFailed.name("tracker", tracker.getClass()),
          e.toString());
      LOG.debug("trace of the tracker", e);
    }
  }

  private static Map<String, String> settings(RunContext context) {
    Map<String, String> flat = new LinkedHashMap<>();
    flatten("", context.binder().write(context.experiment()), flat);
    flat.keySet().removeIf(key -> key.equals("trackers")); // an address may contain a password
    return flat;
  }

  private static void flatten(String key, Object value, Map<String, String> flat) {
    if (value instanceof Map<?, ?> section) {
      section.forEach(
          (name, inner) -> flatten(key.isEmpty() ? "" + name : key + "." + name, inner, flat));
    } else {
      flat.put(key, String.valueOf(value));
    }
  }
}
