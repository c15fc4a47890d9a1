// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class NativeEnvironmentTest {

  @Test
  void severalThreadsSleepWhileTheyWaitUnlessTheUserHasChosen() {
    String chosen = System.getenv(NativeEnvironment.WAIT_POLICY);
    try {
      Devices.threads(2);
    } finally {
      Devices.threads(1); // as all tests have
    }
    assertThat(NativeEnvironment.get(NativeEnvironment.WAIT_POLICY))
        .isEqualTo(chosen == null ? "passive" : chosen);
  }
}
