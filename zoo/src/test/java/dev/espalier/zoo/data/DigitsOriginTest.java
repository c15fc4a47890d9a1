// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import java.io.IOException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Samples MNIST again, as the note beside the bundled files says. */
class DigitsOriginTest {

  @Test
  void digitsAreTheFirstOfEachClassInFileOrder() throws IOException {
    Data mnist = Shared.mnist();
    Data digits = new Digits(PixelScale.STANDARD).load();
    assertThat(digits.train().digest()).isEqualTo(firstOfEachClass(mnist.train(), 1000).digest());
    assertThat(digits.test().digest()).isEqualTo(firstOfEachClass(mnist.test(), 200).digest());
  }

  private static Examples firstOfEachClass(Examples all, int n) {
    int[] labels = all.labels();
    int[] taken = new int[10];
    return all.take(
        IntStream.range(0, labels.length).filter(i -> taken[labels[i]]++ < n).toArray());
  }
}
