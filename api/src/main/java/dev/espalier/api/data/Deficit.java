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
 * Changes the training examples for some epochs of each training, after which they are as they
 * should be. With it one finds out when a training is sensitive to its examples (critical learning
 * periods: Achille, Rovere and Soatto, ICLR 2019, arXiv:1711.08856; the paper was not at hand, and
 * that these are its deficits and how it makes them is unverified). A value: implement it as a
 * record with {@link Setting}s.
 *
 * <p>Validation and test examples never have it, nor have the examples that criteria look at. The
 * loss and the accuracy of training are of what was shown. Epochs are those of a training's
 * timetable, wherever a stretch of it begins: a training that is rewound to after the deficit never
 * meets it.
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
   * The first epoch without it again, above {@link #from}. One at or after the end of a training
   * leaves it with the deficit to its end.
   *
   * @return the epoch
   */
  int until();

  /**
   * Whether an epoch has the deficit.
   *
   * @param epoch counted from 0
   * @return true from {@link #from} to before {@link #until}
   */
  default boolean lasts(long epoch) {
    return from() <= epoch && epoch < until();
  }

  /**
   * Refuses data that cannot have the deficit.
   *
   * @param data the data set, without a deficit
   * @param refusals collects what is refused, by the keys of the deficit's settings
   */
  default void check(Data data, Refusals refusals) {}

  /**
   * Prepares a training: puts on the device what its steps need, so that they copy nothing there.
   *
   * @param data the data set
   * @param seed the seed that the training goes by
   * @param manager the owner of the new arrays, which says on which device they lie
   * @return the deficit on that device
   */
  OnDevice on(Data data, Seed seed, NDManager manager);

  /**
   * Refuses a deficit that ends before it begins; called from the constructors of records.
   *
   * @param from the first epoch with the deficit
   * @param until the first epoch without it again
   * @throws RefusedException if {@code until} is not above {@code from}
   */
  static void checkEpochs(int from, int until) {
    if (until <= from) {
      throw new RefusedException(
          "until", "epoch " + until, "an epoch after the deficit's first, " + from);
    }
  }

  /** A deficit while a training runs. It changes the examples of a step in an epoch that has it. */
  interface OnDevice {

    /**
     * Changes features.
     *
     * @param normalised (batch, then the shape of the network's input), float32, augmented and
     *     normalised
     * @return the features that the network sees, of the same shape
     */
    default NDArray features(NDArray normalised) {
      return normalised;
    }

    /**
     * Changes labels.
     *
     * @param labels (batch), int64
     * @param rows the indices of these examples among the training examples: (batch), int64
     * @return the labels that the loss sees, of the same shape
     */
    default NDArray labels(NDArray labels, NDArray rows) {
      return labels;
    }
  }
}
