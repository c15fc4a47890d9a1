// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.espalier.runner.config.ConfigProblem;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1Job;
import io.kubernetes.client.openapi.models.V1JobSpec;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaim;
import io.kubernetes.client.openapi.models.V1PodSpec;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The manifest is read by the official client, which refuses what the schema does not have. */
class KubernetesManifestTest {

  private static final String EXPERIMENT = "name = \"a: b\"\n# it's $(HOME) – \\ \"quoted\"\n";

  @Test
  void theJobFollowsTheSchema() throws IOException {
    JsonElement job = items(manifest(Optional.of("16G"), 2)).get(2);
    V1Job.validateJsonElement(job);
    V1JobSpec spec = Objects.requireNonNull(V1Job.fromJson(job.toString()).getSpec());
    assertThat(spec.getCompletionMode()).isEqualTo("Indexed");
    assertThat(spec.getCompletions()).isEqualTo(12);
    assertThat(spec.getParallelism()).isEqualTo(12);
    assertThat(spec.getBackoffLimitPerIndex()).isEqualTo(3);
    assertThat(spec.getPodFailurePolicy().getRules())
        .extracting(rule -> rule.getAction())
        .containsExactly("FailJob", "Ignore", "Ignore");
    V1PodSpec pod = spec.getTemplate().getSpec();
    assertThat(pod.getRestartPolicy()).isEqualTo("Never"); // the policy needs it
    assertThat(pod.getTerminationGracePeriodSeconds()).isEqualTo(120);
  }

  @Test
  void aMisspeltFieldIsSeenByTheClient() {
    String wrong = manifest(Optional.empty(), 0).json().replace("claimName", "claim-name");
    assertThatThrownBy(() -> V1Job.validateJsonElement(items(wrong).get(2)))
        .hasMessageContaining("claim-name");
  }

  @Test
  void theExperimentIsInTheConfigMapAsItIs() throws IOException {
    JsonElement map = items(manifest(Optional.empty(), 0)).get(1);
    V1ConfigMap.validateJsonElement(map);
    assertThat(V1ConfigMap.fromJson(map.toString()).getData())
        .isEqualTo(Map.of("experiment.conf", EXPERIMENT));
  }

  @Test
  void theClaimIsSharedByAllNodes() throws IOException {
    JsonElement claim = items(manifest(Optional.empty(), 0)).get(0);
    V1PersistentVolumeClaim.validateJsonElement(claim);
    V1PersistentVolumeClaim read = V1PersistentVolumeClaim.fromJson(claim.toString());
    assertThat(read.getSpec().getAccessModes()).containsExactly("ReadWriteMany");
    assertThat(read.getSpec().getStorageClassName()).isEqualTo("nfs");
    assertThat(read.getSpec().getResources().getRequests().get("storage").toSuffixedString())
        .isEqualTo("500Gi");
  }

  @Test
  void withoutASizeTheClaimIsNotAPartOfTheManifest() {
    KubernetesSettings settings =
        new KubernetesSettings(
            "registry/espalier:1", "/opt/espalier", "mine", Optional.empty(), Optional.empty(), 0);
    List<JsonElement> items =
        items(
            new KubernetesManifest(
                settings, "demo-1", EXPERIMENT, List.of(), pods(Optional.empty())));
    assertThat(items)
        .extracting(item -> item.getAsJsonObject().get("kind").getAsString())
        .containsExactly("ConfigMap", "Job");
  }

  @Test
  void aPodGetsItsResources() throws IOException {
    V1Container container = container(manifest(Optional.of("16G"), 2));
    assertThat(container.getResources().getLimits())
        .hasSize(3)
        .extractingByKeys("cpu", "memory", "nvidia.com/gpu")
        .extracting(amount -> amount.toSuffixedString())
        .containsExactly("4", "16Gi", "2");
    assertThat(container.getEnv())
        .extracting(variable -> variable.getName())
        .containsExactly("WORKER_INDEX", "OMP_WAIT_POLICY", "ESPALIER_OPTS");
    assertThat(container(manifest(Optional.empty(), 0)).getResources().getLimits())
        .containsOnlyKeys("cpu");
  }

  @Test
  void aCommandIsNotExpandedByKubernetes() throws IOException {
    assertThat(container(manifest(Optional.empty(), 0)).getCommand())
        .containsExactly(
            "/opt/espalier/espalier",
            "work",
            "/etc/espalier/experiment.conf",
            "--dir",
            "/data",
            "--name",
            "espalier-my-run-1a2b3c4d-$(WORKER_INDEX)",
            "--set",
            "name=$$(HOME)");
  }

  @Test
  void aNameOfAJobLeavesRoomForTheNumberOfItsPods() {
    KubernetesManifest long1 =
        new KubernetesManifest(
            settings(0),
            "Ünïque_" + "x".repeat(200) + "-0123abcd",
            EXPERIMENT,
            List.of(),
            pods(Optional.empty()));
    assertThat(long1.name()).matches("espalier-n-que-x+-0123abcd").hasSize(56);
  }

  @Test
  void anExperimentThatNoConfigMapHoldsIsRefused() {
    assertThatThrownBy(
            () ->
                new KubernetesManifest(
                    settings(0), "demo-1", "é".repeat(500_001), List.of(), pods(Optional.empty())))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("1000002 bytes");
  }

  private static KubernetesSettings settings(int gpus) {
    return new KubernetesSettings(
        "registry/espalier:1",
        "/opt/espalier",
        "mine",
        Optional.of("500Gi"),
        Optional.of("nfs"),
        gpus);
  }

  private static KubernetesManifest.Pods pods(Optional<String> memory) {
    return new KubernetesManifest.Pods(12, 4, memory, 3, 120);
  }

  private static KubernetesManifest manifest(Optional<String> memory, int gpus) {
    return new KubernetesManifest(
        settings(gpus),
        "My_Run-1a2b3c4d",
        EXPERIMENT,
        List.of("--set", "name=$(HOME)"),
        pods(memory));
  }

  private static List<JsonElement> items(KubernetesManifest manifest) {
    return items(manifest.json());
  }

  private static List<JsonElement> items(String json) {
    JsonObject list = JsonParser.parseString(json).getAsJsonObject();
    assertThat(list.get("kind").getAsString()).isEqualTo("List");
    return list.getAsJsonArray("items").asList();
  }

  private static V1Container container(KubernetesManifest manifest) throws IOException {
    V1Job job = V1Job.fromJson(items(manifest).get(2).toString());
    return job.getSpec().getTemplate().getSpec().getContainers().get(0);
  }
}
