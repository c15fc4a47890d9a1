// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.apiguardian.api.API;

/**
 * An independent stream of random numbers, derived by {@link Seed#stream} from a seed and a name. A
 * draw from one stream never changes another. SplitMix64 (Steele, Lea, Flood, OOPSLA 2014),
 * implemented here because the JDK's generator of that name splits, and names replace splits.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class RandomStream implements RandomGenerator {

  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private long state;

  RandomStream(Digest digest) {
    state = ByteBuffer.wrap(HexFormat.of().parseHex(digest.hex())).getLong();
  }

  @Override
  public long nextLong() {
    state += GOLDEN_GAMMA;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /**
   * Draws a permutation of the numbers from 0 to n - 1; every one is equally likely.
   *
   * @param n the number of numbers
   * @return the order
   */
  public int[] permutation(int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
