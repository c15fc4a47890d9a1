// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SeedTest {

  private final Seed seed = new Seed(1, 3);

  @Test
  void derivesASeedOfTheSameReplicateWithOtherStreams() {
    Seed derived = seed.derive("generation", 2);
    assertThat(derived.replicate()).isEqualTo(3);
    assertThat(derived.root()).isEqualTo(seed.stream("generation", 2).nextLong());
    for (String purpose : new String[] {"init", "order", "augment", "dropout", "scores"}) {
      assertThat(derived.stream(purpose, 0).longs(5).toArray())
          .as(purpose)
          .doesNotContain(seed.stream(purpose, 0).longs(5).toArray());
    }
  }

  @Test
  void derivesTheSameFromTheSame() {
    assertThat(seed.derive("generation", 2)).isEqualTo(new Seed(1, 3).derive("generation", 2));
    // What is remembered of a run on disk is found by this number.
    assertThat(seed.derive("generation", 2).root()).isEqualTo(-4782716811336979579L);
  }

  @Test
  void derivesAnotherFromAnotherPartIndexRootOrReplicate() {
    Set<Long> roots = new HashSet<>();
    roots.add(seed.root());
    roots.add(seed.derive("generation", 2).root());
    roots.add(seed.derive("generation", 3).root());
    roots.add(seed.derive("part", 2).root());
    roots.add(new Seed(2, 3).derive("generation", 2).root());
    roots.add(new Seed(1, 4).derive("generation", 2).root());
    roots.add(seed.derive("generation", 2).derive("generation", 2).root());
    assertThat(roots).hasSize(7);
  }
}
