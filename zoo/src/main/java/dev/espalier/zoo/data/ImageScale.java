// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import java.util.List;
import org.apiguardian.api.API;

/** The means and standard deviations that normalise the pixels of photographs. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public enum ImageScale {
  /** ImageNet's: (0.485, 0.456, 0.406), (0.229, 0.224, 0.225). */
  IMAGENET,
  /** Tiny-ImageNet's: (0.480, 0.448, 0.397), (0.276, 0.269, 0.282). */
  TINY_IMAGENET,
  /** The values of the stored training images, including those held out for validation. */
  FROM_DATA,
  /** x / 255. */
  NONE;

  /** Returns whether the values are those of red, green and blue. */
  boolean isOfColours() {
    return this == IMAGENET || this == TINY_IMAGENET;
  }

  Normalisation of(Examples train) {
    return switch (this) {
      case IMAGENET ->
          new Normalisation(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));
      case TINY_IMAGENET ->
          new Normalisation(List.of(0.480, 0.448, 0.397), List.of(0.276, 0.269, 0.282));
      case FROM_DATA -> Colours.of(train);
      case NONE -> Normalisation.NONE;
    };
  }
}
