// SPDX-License-Identifier: Apache-2.0
package dev.espalier.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.Test;

class SparkWorkersTest {

  @Test
  void theCommandFollowsTheNumberOfWorkers() {
    assertThat(SparkWorkers.command("--workers", "4", "--", "espalier", "work", "demo"))
        .containsExactly("espalier", "work", "demo");
  }

  @Test
  void otherArgumentsAreRefused() {
    assertThatThrownBy(() -> SparkWorkers.command("espalier", "work", "demo"))
        .hasMessage("found espalier work demo");
    assertThatThrownBy(() -> SparkWorkers.command("--workers", "0", "--", "espalier"))
        .hasMessage("--workers: found 0, allowed is 1 to 99999");
  }

  @Test
  void aWorkerSeesTheGpusOfItsTaskAndNothingOfSpark() {
    Map<String, String> environment = new HashMap<>();
    environment.put("SPARK_HOME", "/opt/spark");
    environment.put("CUDA_VISIBLE_DEVICES", "0,1,2,3");
    environment.put("PATH", "/bin");
    String[] addresses = {"1", "3"};
    SparkWorkers.Worker.adapt(
        environment, Map.of("gpu", new ResourceInformation("gpu", addresses)));
    assertThat(environment)
        .isEqualTo(
            Map.of("CUDA_VISIBLE_DEVICES", "1,3", "PATH", "/bin", "OMP_WAIT_POLICY", "passive"));
  }

  @Test
  void aWorkerCanBeSentToAnExecutor() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(
          new SparkWorkers.Worker("app-1", SparkWorkers.command("--workers", "1", "--", "work")));
    }
    assertThat(bytes.size()).isPositive();
  }
}
