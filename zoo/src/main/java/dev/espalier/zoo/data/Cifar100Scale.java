// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import java.util.List;
import org.apiguardian.api.API;

/** The means and standard deviations that normalise the pixels of CIFAR-100, as in public codes. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public enum Cifar100Scale {
  /** SynFlow: (0.507, 0.487, 0.441), (0.267, 0.256, 0.276). */
  STANDARD,
  /** GraSP: (0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761). */
  GRASP,
  /**
   * Network slimming and early-bird tickets, with {@linkplain Cifar10Scale#GRASP those of
   * CIFAR-10}: (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010).
   */
  SLIMMING,
  /** The values of the training images, including those held out for validation. */
  FROM_DATA,
  /** x / 255. */
  NONE;

  Normalisation of(Examples train) {
    return switch (this) {
      case STANDARD ->
          new Normalisation(List.of(0.507, 0.487, 0.441), List.of(0.267, 0.256, 0.276));
      case GRASP ->
          new Normalisation(List.of(0.5071, 0.4867, 0.4408), List.of(0.2675, 0.2565, 0.2761));
      case SLIMMING ->
          new Normalisation(List.of(0.4914, 0.4822, 0.4465), List.of(0.2023, 0.1994, 0.2010));
      case FROM_DATA -> Colours.of(train);
      case NONE -> Normalisation.NONE;
    };
  }
}
