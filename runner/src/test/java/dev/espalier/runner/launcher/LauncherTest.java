// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.launcher;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LauncherTest {

  /** Java decodes the bytes of a folder's name by the locale; under C they are lost. */
  @ParameterizedTest
  @ValueSource(strings = {"/home/\ufffd\ufffdn", "/home/ü"})
  void aFolderThatTheLocaleCannotNameIsRefusedWithWhatToDo(String folder) {
    assertThat(Launcher.unreadable(US_ASCII, Stream.of("/home", folder)))
        .hasValueSatisfying(
            message ->
                assertThat(message)
                    .startsWith("espalier: found ")
                    .contains(folder, "LC_ALL=C.UTF-8"));
  }

  @Test
  void whatTheLocaleCanNameIsAccepted() {
    assertThat(Launcher.unreadable(US_ASCII, Stream.of("/home", "run", "demo"))).isEmpty();
    assertThat(Launcher.unreadable(UTF_8, Stream.of("/home/ü漢"))).isEmpty();
    assertThat(Launcher.unreadable(Charset.forName("ISO-8859-1"), Stream.of("/home/ü"))).isEmpty();
  }
}
