// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.lang.reflect.Field;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HostCopyTest {

  /** A manager of a GPU with arrays of the CPU: DJL copies them as those of a GPU. */
  private static final int COPIES = 50;

  @Test
  void copiesOfAnArrayWhoseManagerIsOnAGpuLeaveNothingBehind() throws Exception {
    try (NDManager cpu = NDManager.newBaseManager(Device.cpu());
        NDManager gpu = NDManager.newBaseManager(Device.gpu())) {
      NDArray numbers = cpu.create(new float[] {1, -2, 3});
      NDArray wide = numbers.toType(DataType.FLOAT64, true);
      numbers.attach(gpu);
      wide.attach(gpu);
      int before = resources(gpu);
      for (int i = 0; i < COPIES; i++) {
        assertThat(HostCopy.floats(numbers)).containsExactly(1, -2, 3);
        assertThat(HostCopy.doubles(wide)).containsExactly(1, -2, 3);
        assertThat(Tensor.of(numbers).values().get(1)).isEqualTo(-2);
      }
      assertThat(gpu.getManagedArrays()).hasSize(2);
      assertThat(resources(gpu)).isEqualTo(before);
    }
  }

  /** Shows that the check above can fail. */
  @Test
  void aCopyWithoutTheHelperLeavesASubManager() throws Exception {
    try (NDManager cpu = NDManager.newBaseManager(Device.cpu());
        NDManager gpu = NDManager.newBaseManager(Device.gpu())) {
      NDArray numbers = cpu.create(new float[] {1, -2, 3});
      numbers.attach(gpu);
      int before = resources(gpu);
      try (NDArray copy = numbers.toDevice(Device.cpu(), true)) {
        assertThat(copy.toFloatArray()).containsExactly(1, -2, 3);
      }
      assertThat(resources(gpu)).isEqualTo(before + 1);
    }
  }

  @Test
  void readsNumbersOfBothPrecisionsAndTruthValues() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      assertThat(HostCopy.number(manager.create(0.5f))).isEqualTo(0.5);
      assertThat(HostCopy.number(manager.create(0.1))).isEqualTo(0.1);
      assertThat(HostCopy.doubles(manager.create(new float[] {0.1f}))).containsExactly(0.1f);
      assertThat(HostCopy.isTrue(manager.create(true))).isTrue();
      assertThat(HostCopy.isTrue(manager.create(false))).isFalse();
    }
  }

  /** The number of arrays and sub-managers of a manager, which DJL counts in a protected field. */
  private static int resources(NDManager manager) throws ReflectiveOperationException {
    Field field = ai.djl.ndarray.BaseNDManager.class.getDeclaredField("resources");
    field.setAccessible(true);
    return ((Map<?, ?>) field.get(manager)).size();
  }
}
