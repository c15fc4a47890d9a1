// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Seed;
import org.apiguardian.api.API;

/**
 * A change of the training examples in some epochs of each training. It shows when a training is
 * sensitive to its examples (critical learning periods: Achille, Rovere and Soatto, ICLR 2019,
 * arXiv:1711.08856). Implement it as a record with {@link Setting}s.
 *
 * <p>Validation examples, test examples and the examples of criteria never have the deficit. The
 * loss and the accuracy of training are those of the changed examples. Epochs are those of a
 * training's timetable, for any start of a stretch: a training that is rewound to a later epoch
 * never has the deficit.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface Deficit {

  /** The meaning of {@link #from}, for settings. */
  String FROM = "the first epoch with the deficit, in the timetable of each training";

  /** The meaning of {@link #until}, for settings. */
  String UNTIL = "the first epoch without the deficit again";

  /**
   * The first epoch with the deficit, counted from 0.
   *
   * @return the epoch
   */
  int from();

  /**
   * The first epoch after the deficit, above {@link #from}. If it is at or after the end of a
   * training, the deficit lasts to the end.
   *
   * @return the epoch
   */
  int until();

  /**
   * Returns whether an epoch has the deficit.
   *
   * @param epoch counted from 0
   * @return true from {@link #from} to before {@link #until}
   */
  default boolean lasts(long epoch) {
    return from() <= epoch && epoch < until();
  }

  /**
   * Checks that the data can have the deficit.
   *
   * @param data the data set, without a deficit
   * @param refusals collects what is refused, by the keys of the deficit's settings
   */
  default void check(Data data, Refusals refusals) {}

  /**
   * Prepares a training: creates the arrays of the deficit on the device, so that steps copy
   * nothing.
   *
   * @param data the data set
   * @param seed the seed of the training
   * @param manager the owner of the new arrays, which sets the device
   * @return the deficit on that device
   */
  OnDevice on(Data data, Seed seed, NDManager manager);

  /**
   * Checks that a deficit ends after it begins; for the constructors of records.
   *
   * @param from the first epoch with the deficit
   * @param until the first epoch after the deficit
   * @throws RefusedException if {@code until} is not above {@code from}
   */
  static void checkEpochs(int from, int until) {
    if (until <= from) {
      throw new RefusedException(
          "until", "epoch " + until, "an epoch after the deficit's first, " + from);
    }
  }

  /** A deficit on a device. It changes the examples of a step in an epoch that has it. */
  interface OnDevice {

    /**
     * Changes features.
     *
     * @param normalised (batch, then the shape of the network's input), float32, augmented and
     *     normalised
     * @return the inputs of the network, of the same shape
     */
    default NDArray features(NDArray normalised) {
      return normalised;
    }

    /**
     * Changes labels.
     *
     * @param labels (batch), int64
     * @param rows the indices of these examples among the training examples: (batch), int64
     * @return the labels for the loss, of the same shape
     */
    default NDArray labels(NDArray labels, NDArray rows) {
      return labels;
    }
  }
}
