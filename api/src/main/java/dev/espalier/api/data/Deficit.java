// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import org.apiguardian.api.API;

/**
 * Something wrong with the training examples for some epochs of each training, after which they are
 * as they should be: a way to find out when a training is sensitive to what it sees (critical
 * learning periods: Achille, Rovere and Soatto, ICLR 2019, arXiv:1711.08856; the paper was not at
 * hand, and that these are its deficits and how it makes them is unverified). Validation and test
 * examples never have it, nor have the examples that criteria look at; the loss and the accuracy of
 * training are of what was shown.
 *
 * <p>Epochs are those of a training's timetable, wherever a stretch of it begins: a training that
 * is rewound to after the deficit never meets it.
 *
 * @param kind what is wrong
 * @param from the first epoch with it, counted from 0
 * @param until the first epoch without it again, above {@code from}; one at or after the end of a
 *     training leaves it with the deficit to its end
 * @param factor of a blur, the side in pixels of the squares that are averaged, 2 or more
 * @param fraction of label noise, the fraction of the training examples whose label is drawn anew
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Deficit(
    @Setting("damage to the training examples: blur or label-noise") Kind kind,
    @Setting(
            value = "the first epoch with the deficit, in the timetable of each training",
            defaults = "0",
            range = "[0, inf)")
        int from,
    @Setting(value = "the first epoch without the deficit again", range = "[1, inf)") int until,
    @Setting(
            value =
                "blur: each image is averaged over squares of this many pixels a side, and"
                    + " interpolated back",
            defaults = "4",
            range = "[2, inf)")
        int factor,
    @Setting(
            value =
                "label-noise: fraction of the training examples with a label drawn"
                    + " uniformly from all classes, once per seed of a training",
            defaults = "1",
            range = "(0, 1]")
        double fraction) {

  /** What can be wrong with training examples. */
  public enum Kind {
    /**
     * Images without detail: averaged over squares of {@code factor} pixels a side, the last ones
     * smaller where the image ends, and interpolated back from the centres of the squares,
     * bilinearly; beyond the outermost centres an image stays as it is there. After augmentation
     * and normalisation. Images that are one value stay so.
     */
    BLUR,

    /**
     * Labels that are wrong: those of round({@code fraction} * examples) examples are replaced by
     * one drawn from all classes, every class equally likely, the right one among them. Drawn from
     * the stream {@code label-noise} of the seed that the training goes by, so that an example
     * keeps its label through the whole deficit, and the examples of a smaller fraction are among
     * those of a larger one. Trainings with a seed of their own, as the generations of knowledge
     * evolution are, draw others.
     */
    LABEL_NOISE
  }

  /** Checks the ranges. */
  public Deficit {
    Ranges.check(Deficit.class, kind, from, until, factor, fraction);
    if (until <= from) {
      throw new RefusedException(
          "until", "epoch " + until, "an epoch after the deficit's first, " + from);
    }
  }

  /**
   * Whether an epoch has the deficit.
   *
   * @param epoch counted from 0
   * @return true from {@code from} to before {@code until}
   */
  public boolean lasts(long epoch) {
    return from <= epoch && epoch < until;
  }
}
