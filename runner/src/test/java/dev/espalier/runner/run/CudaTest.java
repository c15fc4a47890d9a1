// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.runner.config.ConfigProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaTest {

  private static final Optional<String> DRIVER = Optional.of("570.86.15");
  private static final Optional<String> CUDART = Optional.of("/usr/lib/libcudart.so");
  private static final Optional<String> NONE = Optional.empty();

  @TempDir private Path folder;

  @Test
  void aMachineWithoutADriverHasNoGpuAndNoAlarm() {
    Cuda cuda = new Cuda(0, false, false, true, NONE, NONE);
    assertThat(cuda.gpus()).isZero();
    assertThat(cuda.whyNone()).isEqualTo("no GPU on this machine");
  }

  @Test
  void aPyTorchForTheCpuIsTheReasonEvenWhereDjlCountsGpus() {
    for (int counted : new int[] {0, 2}) {
      Cuda cuda = new Cuda(counted, false, false, true, DRIVER, CUDART);
      assertThat(cuda.gpus()).isZero();
      assertThat(cuda.whyNone())
          .contains("570.86.15", "built without CUDA", "-Pcuda", "PYTORCH_LIBRARY_PATH");
    }
  }

  @Test
  void withoutCudartDjlDownloadsPyTorchForTheCpu() {
    assertThat(new Cuda(0, false, false, false, DRIVER, NONE).whyNone())
        .contains("runtime library is not found", "-Djna.library.path", "LD_LIBRARY_PATH")
        .contains(System.mapLibraryName("cudart"))
        .doesNotContain("-Pcuda");
  }

  @Test
  void aDriverThatDoesNotWorkIsTheReasonWhereAllElseIsThere() {
    for (boolean isBuilt : new boolean[] {true, false}) {
      assertThat(new Cuda(0, false, isBuilt, false, DRIVER, CUDART).whyNone())
          .contains("CUDA does not start", "nvidia-smi", "CUDA_VISIBLE_DEVICES")
          .doesNotContain("-Pcuda", "jna.library.path");
    }
  }

  @Test
  void theWordOfPyTorchCountsWhereDjlFindsNoCudart() {
    assertThat(new Cuda(0, true, true, true, DRIVER, NONE).gpus()).isOne();
    assertThat(new Cuda(4, true, true, true, DRIVER, CUDART).gpus()).isEqualTo(4);
  }

  @Test
  void theDriverIsKnownByTheKernelsFiles() throws IOException {
    Path version = folder.resolve("version");
    Path gpu = folder.resolve("nvidia0");
    assertThat(Cuda.driver(version, gpu)).isEmpty();
    Files.createFile(gpu);
    assertThat(Cuda.driver(version, gpu)).contains("of an unknown version");
    Files.writeString(
        version, "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release\n");
    assertThat(Cuda.driver(version, gpu)).contains("570.86.15");
  }

  @Test
  void cudartIsFoundNextToAPyTorchThatPipInstalled() throws IOException {
    Path torch = Files.createDirectories(folder.resolve("site-packages/torch/lib"));
    Path cudart =
        Files.createDirectories(folder.resolve("site-packages/nvidia/cuda_runtime/lib"));
    assertThat(Cuda.foldersOfCudart(torch.toString())).isEmpty();
    Files.createFile(cudart.resolve(System.mapLibraryName("cudart") + ".12"));
    assertThat(Cuda.foldersOfCudart(torch.toString())).containsExactly(cudart);
    assertThat(Cuda.foldersOfCudart("/nowhere")).isEmpty();
  }

  @Test
  void anInstalledPyTorchNeedsItsFlavour() throws IOException {
    Optional<String> path = Optional.of(folder.toString());
    assertThatThrownBy(() -> Cuda.requireFlavor(path, NONE))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("PYTORCH_FLAVOR: found none", folder.toString(), "cu128");
    assertThatCode(() -> Cuda.requireFlavor(path, Optional.of("cpu"))).doesNotThrowAnyException();
    assertThatCode(() -> Cuda.requireFlavor(NONE, NONE)).doesNotThrowAnyException();
    Files.createFile(folder.resolve(System.mapLibraryName("djl_torch")));
    assertThatCode(() -> Cuda.requireFlavor(path, NONE)).doesNotThrowAnyException();
  }

  @Test
  void theDeviceOfAnOptionIsCheckedLikeTheKey() {
    for (String device : new String[] {"auto", "cpu", "gpu", "gpu:1"}) {
      assertThat(Devices.required(device)).isEqualTo(device);
    }
    for (String device : new String[] {"cuda", "gpu:x", "gpu:", "", "GPU"}) {
      assertThatThrownBy(() -> Devices.required(device))
          .isInstanceOf(ConfigProblem.class)
          .hasMessageContainingAll("--device: found " + device, "allowed is auto, cpu, gpu");
    }
  }

  @Test
  void theLineOfARunNamesTheDeviceAndTheReason() {
    assertThat(Devices.line("cpu")).isEqualTo("device: cpu, the chosen one");
    if (Devices.gpus() == 0) {
      assertThat(Devices.line("auto")).startsWith("device: cpu, ").contains("this machine");
    } else {
      assertThat(Devices.line("auto")).startsWith("device: gpu:0");
    }
  }
}
