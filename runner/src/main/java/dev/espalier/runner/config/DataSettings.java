// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.data.Augmentation;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Objective;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.Seed;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The {@code data} section: a source, and settings that hold for any source.
 *
 * @param source the source of the examples
 * @param validation the number of training examples that are held out
 * @param perClass the number of training examples of each class; all if empty
 * @param augmentation replaces the source's own
 * @param objective replaces the source's own
 */
public record DataSettings(
    @Setting(value = "the data set", inline = true) DataSource source,
    @Setting(
            value = "training examples held out for validation and early stopping",
            defaults = "0",
            range = "[0, inf)")
        int validation,
    @Setting(
            value =
                "training examples per class, after validation examples are held out; all"
                    + " by default. Smaller numbers give subsets of larger ones. Normalisation"
                    + " from-data uses all examples",
            range = "[1, inf)")
        Optional<Integer> perClass,
    @Setting(
            "random changes of training images, in this order; [] for none; by default"
                + " those usual for the data set")
        Optional<List<Augmentation>> augmentation,
    @Setting(
            value =
                "what a training minimises, and what a network is measured by; by default that of the"
                    + " data set",
            later = true)
        Optional<Objective> objective) {

  /** Checks the ranges. */
  public DataSettings {
    augmentation = augmentation.map(List::copyOf);
    Ranges.check(DataSettings.class, source, validation, perClass, augmentation, objective);
  }

  /**
   * Reads the whole data.
   *
   * @param prepared caches the results of slow preparations
   */
  public Data read(Prepared prepared) throws IOException {
    return PluginFailed.nonNull("data", source, "data", source.load(prepared));
  }

  /**
   * Holds out validation examples, and keeps the requested number of each class. The choice depends
   * on the experiment's seed of trainings alone: all replicates use the same examples, and a larger
   * number extends a smaller selection.
   *
   * @param loaded the whole data
   * @param refusals collects numbers of examples that the data do not have; the data returned then
   *     serve to check other settings
   */
  public Data choose(Data loaded, long seed, Refusals refusals) {
    Seed first = new Seed(seed, 0);
    Data augmented =
        refusals
            .collect(() -> augmentation.map(loaded::withAugmentations).orElse(loaded))
            .orElse(loaded);
    Data data =
        refusals
            .within("objective")
            .collect(() -> objective.map(augmented::withObjective).orElse(augmented))
            .orElse(augmented);
    Data split =
        refusals
            .collect(() -> data.withValidation(validation, first.stream("validation", 0)))
            .orElseGet(() -> withSomeValidation(data, first));
    return refusals
        .collect(
            () ->
                perClass
                    .map(n -> split.withPerClass(n, first.stream("per-class", 0)))
                    .orElse(split))
        .orElse(split);
  }

  /**
   * Whether the source of an experiment is that of its file. Refused numbers of examples do not
   * matter here, nor settings of the source that have a default.
   */
  public static boolean isKnown(Reading<Experiment> experiment) {
    return experiment.isSure("data.id")
        && experiment.absent().stream().noneMatch(key -> key.startsWith("data.") && !isCount(key));
  }

  private static boolean isCount(String key) {
    return key.equals("data.per-class") || key.startsWith("data.augmentation");
  }

  /**
   * Reads the data and chooses the examples.
   *
   * @throws RefusedException if there are fewer examples than requested
   */
  public Data load(long seed, Prepared prepared) throws IOException {
    Refusals refusals = new Refusals();
    Data data = choose(read(prepared), seed, refusals);
    if (!refusals.isEmpty()) {
      throw new RefusedException(refusals.all());
    }
    return data;
  }

  /**
   * Adds validation examples where their number is refused or unknown, so that methods that need
   * some are not refused, too.
   */
  public static Data withSomeValidation(Data data, Seed seed) {
    return data.validation().size() > 0 || data.train().size() < 2
        ? data
        : data.withValidation(1, seed.stream("validation", 0));
  }
}
