// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.Control;
import dev.espalier.api.Tracker;
import dev.espalier.api.Training;
import dev.espalier.api.data.Deficit;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/**
 * A complete experiment.
 *
 * @param name its name
 * @param seed the seeds of all randomness
 * @param replicates the number of repetitions, each with a different random seed
 * @param device the device that computes
 * @param threads CPU threads of one operation
 * @param cudnnBenchmark whether cuDNN chooses algorithms by their speed, on a GPU
 * @param dataMemory the fraction of the device's memory that the data set may take
 * @param model the architecture
 * @param data the data set
 * @param training the settings of training
 * @param deficit a defect of the training examples in some epochs, if any
 * @param method the method
 * @param controls the controls of each ticket
 * @param onCollapse the reaction to a mask that empties a layer
 * @param margin the largest loss of the data's metric that a verdict ignores; that of the metric if
 *     empty
 * @param keepWeights the tickets whose files have the weights
 * @param trackers receive the events of the run; equal ones count once
 */
public record Experiment(
    @Setting(value = "what to call it: lower-case words joined by hyphens", pattern = Names.PATTERN)
        String name,
    @Setting(
            value =
                "seed of all random streams; or a section { init = 1, order = 2 }, which"
                    + " 'espalier describe seed' explains",
            defaults = "1")
        Seeds seed,
    @Setting(
            value = "repetitions with different random streams",
            defaults = "1",
            range = "[1, 10000]")
        int replicates,
    @Setting(
            value = "where to compute: auto (the first GPU if there is one), cpu, gpu or \"gpu:1\"",
            defaults = "auto",
            pattern = DEVICES)
        String device,
    @Setting(
            value =
                "CPU threads per operation; 1 is fastest for small networks, and the last"
                    + " bit of results can depend on it",
            defaults = "1",
            range = "[1, 1024]")
        int threads,
    @Setting(
            value =
                "on a GPU, whether cuDNN tries its algorithms and takes the fastest; it can be"
                    + " faster, and the same run twice can then differ by more",
            defaults = "false")
        boolean cudnnBenchmark,
    @Setting(
            value =
                "fraction of the device's memory for the data set; training examples that do not"
                    + " fit are read batch by batch, with the same results",
            defaults = "0.5",
            range = "[0, 1]")
        double dataMemory,
    @Setting("the architecture") ModelSettings model,
    @Setting("the data set") DataSettings data,
    @Setting("how networks are trained") Training training,
    @Setting("damage to the training examples in some epochs of each training; none by default")
        Optional<Deficit> deficit,
    @Setting("the method") MethodChoice method,
    @Setting(
            value =
                "networks that tickets are compared with: any of dense, reinit, shuffle; a"
                    + " ticket that keeps every weight has no reinit and no shuffle",
            defaults = "[]")
        List<Control> controls,
    @Setting(
            value =
                "reaction to a mask that empties a layer, shortcuts aside: warn and train,"
                    + " fail, or stop the replicate and keep its earlier tickets",
            defaults = "warn")
        OnCollapse onCollapse,
    @Setting(
            value =
                "largest loss of accuracy at which a ticket still matches its dense network, as a"
                    + " fraction of the test examples. For data with another metric, the largest"
                    + " loss of that, in its unit. By default that of the metric, 0.005 for"
                    + " accuracy",
            range = "[0, inf)")
        Optional<Double> margin,
    @Setting(
            value =
                "tickets whose files have the weights before and after training: all, last (of the"
                    + " last round of each replicate) or none. Masks are always there, and other"
                    + " weights are read from the store",
            defaults = "all")
        KeepWeights keepWeights,
    @Setting(
            value =
                "where the values of trainings are also written while they compute, such as"
                    + " [json-lines, tensorboard]",
            defaults = "[]")
        List<Tracker> trackers) {

  /** The form of a device. */
  public static final String DEVICES = "auto|cpu|gpu(:\\d{1,4})?";

  /** The longest name in characters: file systems allow 255 for the name of a folder. */
  static final int LONGEST_NAME = 100;

  /** Checks the ranges. */
  public Experiment {
    controls = List.copyOf(controls);
    trackers = List.copyOf(new LinkedHashSet<>(trackers));
    Ranges.check(
        Experiment.class,
        name,
        seed,
        replicates,
        device,
        threads,
        cudnnBenchmark,
        dataMemory,
        model,
        data,
        training,
        deficit,
        method,
        controls,
        onCollapse,
        margin,
        keepWeights,
        trackers);
    for (int i = 1; i < controls.size(); i++) {
      if (controls.indexOf(controls.get(i)) < i) { // else each of its replicates counts twice
        throw new RefusedException(
            "controls[" + i + "]",
            "a control that is already in the list",
            "each control once",
            "Take it out");
      }
    }
    if (name.length() > LONGEST_NAME) {
      throw new RefusedException("name", name.length() + " characters", "at most " + LONGEST_NAME);
    }
  }

  /** Returns this experiment with a margin where it has none. */
  public Experiment withMargin(double other) {
    return margin.isPresent() ? this : with(Optional.of(other), trackers);
  }

  /** Returns this experiment with one more tracker, unless it has that. */
  Experiment with(Tracker tracker) {
    List<Tracker> more = new ArrayList<>(trackers);
    more.add(tracker);
    return with(margin, more);
  }

  private Experiment with(Optional<Double> otherMargin, List<Tracker> otherTrackers) {
    return new Experiment(
        name,
        seed,
        replicates,
        device,
        threads,
        cudnnBenchmark,
        dataMemory,
        model,
        data,
        training,
        deficit,
        method,
        controls,
        onCollapse,
        otherMargin,
        keepWeights,
        otherTrackers);
  }
}
