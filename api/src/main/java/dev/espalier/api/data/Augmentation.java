// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.RandomStream;
import org.apiguardian.api.API;

/**
 * A random change of training images at each use. Implement it as a record with {@link Setting}s.
 *
 * <p>An augmentation moves no pixels. On the host it computes the position from which each pixel is
 * read, with a few random numbers. A sequence of augmentations is one {@link View}, and the engine
 * resamples a whole batch once, on the device.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Augmentation {

  /**
   * Draws another view of an image.
   *
   * @param image the present view of the image
   * @param random the random stream
   * @return the new view; if its size is not that of the network's input, its centre is used
   */
  View apply(View image, RandomStream random);

  /**
   * Returns whether positions outside the stored image have the mean of the normalisation, which is
   * 0 after it. If one augmentation of a data set returns true, its margin is that of all.
   *
   * @return false for black, which is 0 before normalisation
   */
  default boolean isMarginMean() {
    return false;
  }
}
