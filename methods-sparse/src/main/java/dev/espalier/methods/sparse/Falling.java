// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.settings.RefusedException;
import java.util.List;

/** The rule for lists of densities: each is lower than the one before. */
final class Falling {

  private Falling() {}

  static void check(List<Double> densities) {
    for (int i = 1; i < densities.size(); i++) {
      if (densities.get(i) >= densities.get(i - 1)) {
        throw new RefusedException(
            "densities",
            densities.get(i) + " after " + densities.get(i - 1),
            "a list of falling densities");
      }
    }
  }
}
