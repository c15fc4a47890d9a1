// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.data.Data;
import dev.espalier.api.data.Objective;
import dev.espalier.api.settings.Names;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.State;
import dev.espalier.runner.config.Draft.Checked;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.PluginEntry;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.Metrics;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The facts about the data and the starting weights of a variant that a run records.
 *
 * @param digests the checksums of the data, and of weights and tickets from files
 * @param metrics the metrics
 */
record CheckedData(Map<String, String> digests, Metrics metrics) {

  static CheckedData of(Data data, State start, Registry registry) {
    return new CheckedData(Provenance.digests(data, start), metrics(data, registry));
  }

  /** Returns these facts with the checksum of the tickets that the method trains. */
  CheckedData withTickets(Digest tickets) {
    Map<String, String> all = new LinkedHashMap<>(digests);
    all.put("tickets", tickets.hex());
    return new CheckedData(all, metrics);
  }

  /** The metrics of some data. */
  static Metrics metrics(Data data, Registry registry) {
    Class<?> type = data.objective().getClass();
    String name = Names.key(type.getSimpleName());
    return new Metrics(
        registry.all(Objective.class).stream()
            .filter(entry -> entry.type().equals(type))
            .map(PluginEntry::id)
            .findFirst() // a data source may have one that no experiment can name
            .orElse(name.matches(Names.PATTERN) ? name : "unnamed"),
        data.metrics());
  }

  /** The experiment that was checked; where it has no margin, it has that of its metric. */
  static Sweep sweep(Checked<CheckedData> checked) {
    Metrics metrics = checked.results().values().iterator().next().metrics;
    return checked.sweep().withMargin(metrics.first().margin());
  }
}
