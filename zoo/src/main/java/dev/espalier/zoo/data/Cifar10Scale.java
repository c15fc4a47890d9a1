// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import java.util.List;
import org.apiguardian.api.API;

/**
 * The means and standard deviations that normalise the pixels of CIFAR-10, as in public codes. They
 * form two groups. Standard deviations about (0.247, 0.243, 0.262) are those of all pixels of a
 * colour. (0.2023, 0.1994, 0.2010) are the means over images of the deviation within each image. On
 * a fifth of the training images, JPEG'd once, the former are (0.246, 0.244, 0.262), the latter
 * (0.2011, 0.1997, 0.2019). With the second group, therefore, pixels have a standard deviation of
 * 1.2 to 1.3 rather than 1.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public enum Cifar10Scale {
  /** SynFlow and edge-popup: (0.491, 0.482, 0.447), (0.247, 0.243, 0.262). */
  STANDARD,
  /** open_lth, with the values of ImageNet: (0.485, 0.456, 0.406), (0.229, 0.224, 0.225). */
  OPEN_LTH,
  /**
   * GraSP, network slimming, early-bird tickets, pruning from scratch: (0.4914, 0.4822, 0.4465),
   * (0.2023, 0.1994, 0.2010).
   */
  GRASP,
  /** Slot machines: (0.4914, 0.4822, 0.4465), (0.247, 0.243, 0.261). */
  SLOTS,
  /**
   * The values of the training images, including those held out for validation, as in SNIP's code.
   */
  FROM_DATA,
  /** x / 255. */
  NONE;

  Normalisation of(Examples train) {
    return switch (this) {
      case STANDARD ->
          new Normalisation(List.of(0.491, 0.482, 0.447), List.of(0.247, 0.243, 0.262));
      case OPEN_LTH ->
          new Normalisation(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));
      case GRASP ->
          new Normalisation(List.of(0.4914, 0.4822, 0.4465), List.of(0.2023, 0.1994, 0.2010));
      case SLOTS ->
          new Normalisation(List.of(0.4914, 0.4822, 0.4465), List.of(0.247, 0.243, 0.261));
      case FROM_DATA -> Colours.of(train);
      case NONE -> Normalisation.NONE;
    };
  }
}
