// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import dev.espalier.api.state.Digest;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GpuModeTest {

  private static String tf32(Map<String, String> environment) {
    return GpuMode.of(environment::get, false).tf32();
  }

  @Test
  void convolutionsAreInTf32UnlessNvidiasVariableSwitchesItOff() {
    assertThat(tf32(Map.of())).isEqualTo("convolutions");
    assertThat(tf32(Map.of(GpuMode.TF32, "1"))).isEqualTo("convolutions");
    assertThat(tf32(Map.of(GpuMode.TF32_PRODUCTS, "1"))).isEqualTo("convolutions and products");
    assertThat(tf32(Map.of(GpuMode.TF32, "0", GpuMode.TF32_PRODUCTS, "1"))).isEqualTo("off");
  }

  @Test
  void resultsOfEachModeHaveKeysOfTheirOwn() {
    Engine engine = Engine.getInstance();
    Set<Digest> keys = new HashSet<>();
    keys.add(TrainingEngine.environment(engine, Optional.empty()));
    for (String tf32 : List.of("off", "convolutions", "convolutions and products")) {
      for (boolean benchmarks : List.of(false, true)) {
        keys.add(TrainingEngine.environment(engine, Optional.of(new GpuMode(tf32, benchmarks))));
      }
    }
    assertThat(keys).hasSize(7);
  }
}
