// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.Setting;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All variants of an experiment's file in order, each a complete experiment. They have the same
 * values of the keys that a variant cannot change. An experiment without variants is the only one
 * here, and its variant has the empty name.
 *
 * @param variants experiments by variant
 */
public record Sweep(
    @Setting(
            value =
                "variants of the experiment, each a section of keys laid over it, such as"
                    + " k-2 { method.k = 2 }; name, replicates, device, threads, cudnn-benchmark,"
                    + " data-memory, margin, keep-weights and trackers are shared",
            defaults = "{}")
        Map<String, Experiment> variants) {

  /** Creates a sweep that keeps the order of the variants. */
  public Sweep {
    variants = Collections.unmodifiableMap(new LinkedHashMap<>(variants));
  }

  /** One of the experiments, for the settings that all share. */
  public Experiment first() {
    return variants.values().iterator().next();
  }

  /** Returns these experiments with a margin where they have none. */
  public Sweep withMargin(double margin) {
    Map<String, Experiment> all = new LinkedHashMap<>(variants);
    all.replaceAll((name, experiment) -> experiment.withMargin(margin));
    return new Sweep(all);
  }

  /**
   * Returns the experiment, for callers that need a single one.
   *
   * @throws ConfigProblem if it has variants
   */
  public Experiment only() {
    if (!variants.containsKey("")) {
      throw ConfigProblem.of(
          List.of(
              new Refusal(
                  "variants",
                  Printable.some(variants.keySet()),
                  "one experiment",
                  "Choose one of them with --variant")));
    }
    return first();
  }

  /**
   * Returns one experiment, for callers that score its untrained network: the first of variants
   * with the same network, data and seed, each with another criterion.
   *
   * @throws ConfigProblem if it has other variants
   */
  public Experiment scored() {
    List<Experiment> all = List.copyOf(variants.values());
    boolean isShared =
        all.stream()
            .allMatch(
                one ->
                    one.model().equals(first().model())
                        && one.data().equals(first().data())
                        && one.seed().equals(first().seed()));
    long criteria =
        all.stream().flatMap(one -> one.method().criterion().stream()).distinct().count();
    return isShared && criteria == all.size() ? first() : only();
  }
}
