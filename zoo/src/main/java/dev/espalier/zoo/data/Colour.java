// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import java.util.List;
import org.apiguardian.api.API;

/** The channels of stored images. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public enum Colour {
  /** Red, green and blue: three channels. Grey images become three equal ones. */
  RGB,
  /**
   * The luma of ITU-R BT.601, 0.299 red + 0.587 green + 0.114 blue: one channel. Grey images are
   * unchanged.
   */
  GREY;

  /** Returns the number of channels. */
  int channels() {
    return this == RGB ? 3 : 1;
  }

  /** Returns the planes of the channels. */
  List<float[]> planes(Planes image) {
    if (this == RGB) {
      return List.of(image.red, image.green, image.blue);
    }
    float[] luma = new float[image.red.length];
    for (int i = 0; i < luma.length; i++) {
      luma[i] = (299 * image.red[i] + 587 * image.green[i] + 114 * image.blue[i]) / 1000;
    }
    return List.of(luma);
  }
}
