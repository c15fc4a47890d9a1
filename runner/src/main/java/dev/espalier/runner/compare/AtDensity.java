// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import dev.espalier.runner.results.Level;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Levels of several contenders at about the same density. Levels are matched by density, the
 * closest first. No two of a line are more than {@link #TOLERANCE} apart, no level is in two lines,
 * and nothing is interpolated between levels.
 *
 * @param levels by contender, empty where it has none at this density
 * @param low the smallest of their densities
 * @param high the largest
 */
record AtDensity(List<Optional<Level>> levels, double low, double high) {

  /** The largest allowed excess of a line's largest density over its smallest, as a fraction. */
  static final double TOLERANCE = 0.1;

  /** Creates the lines of all levels of contenders, densest first. */
  static List<AtDensity> of(List<Contender> contenders) {
    List<AtDensity> lines = new ArrayList<>();
    for (int i = 0; i < contenders.size(); i++) {
      for (Level level : contenders.get(i).levels()) {
        List<Optional<Level>> alone =
            new ArrayList<>(Collections.nCopies(contenders.size(), Optional.empty()));
        alone.set(i, Optional.of(level));
        lines.add(new AtDensity(alone, level.density(), level.density()));
      }
    }
    while (mergeClosest(lines)) {
      // until none are close enough
    }
    lines.sort(Comparator.comparingDouble(AtDensity::density).reversed());
    return lines;
  }

  private static boolean mergeClosest(List<AtDensity> lines) {
    double least = 1 + TOLERANCE;
    int one = -1;
    int other = -1;
    for (int i = 0; i < lines.size(); i++) {
      for (int j = i + 1; j < lines.size(); j++) {
        double apart = lines.get(i).apart(lines.get(j));
        boolean isCloser = apart < least || (apart == least && one < 0);
        if (isCloser && !lines.get(i).sharesContender(lines.get(j))) {
          least = apart;
          one = i;
          other = j;
        }
      }
    }
    if (one < 0) {
      return false;
    }
    lines.set(one, lines.get(one).with(lines.remove(other)));
    return true;
  }

  /** Computes the largest density of both lines over the smallest. */
  private double apart(AtDensity other) {
    double most = Math.max(high, other.high);
    double least = Math.min(low, other.low);
    return most == least ? 1 : most / least;
  }

  private boolean sharesContender(AtDensity other) {
    return IntStream.range(0, levels.size())
        .anyMatch(i -> levels.get(i).isPresent() && other.levels.get(i).isPresent());
  }

  private AtDensity with(AtDensity other) {
    List<Optional<Level>> both = new ArrayList<>();
    for (int i = 0; i < levels.size(); i++) {
      Optional<Level> others = other.levels.get(i);
      both.add(levels.get(i).or(() -> others));
    }
    return new AtDensity(both, Math.min(low, other.low), Math.max(high, other.high));
  }

  /** The density that names the line: that of the first contender that has a level in it. */
  double density() {
    return levels.stream().flatMap(Optional::stream).findFirst().orElseThrow().density();
  }
}
