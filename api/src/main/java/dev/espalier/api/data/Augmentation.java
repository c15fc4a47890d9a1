// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.RandomStream;
import org.apiguardian.api.API;

/**
 * Changes training images at random, each time they are shown. A value: implement it as a record
 * with {@link Setting}s.
 *
 * <p>An augmentation moves no pixels. It says where each pixel is to be read, on the host, with a
 * few random numbers; several in a row amount to one such {@link View}, and the engine resamples a
 * whole batch once, on the device.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Augmentation {

  /**
   * Draws another view of an image.
   *
   * @param image the image as seen so far
   * @param random where to draw from
   * @return the image as seen from now on; if it is not of the size that the network sees, its
   *     centre is taken in the end
   */
  View apply(View image, RandomStream random);
}
