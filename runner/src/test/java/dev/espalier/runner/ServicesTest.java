// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Plugin;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a module provides on the module path, its services file provides on the class path. */
class ServicesTest {

  private static final String SERVICES = "META-INF/services/" + Plugin.class.getName();

  static Stream<URL> servicesFiles() throws IOException {
    return Collections.list(ServicesTest.class.getClassLoader().getResources(SERVICES)).stream();
  }

  @ParameterizedTest
  @MethodSource("servicesFiles")
  void aModuleProvidesWhatItsServicesFileNames(URL services) throws Exception {
    List<String> named;
    try (InputStream in = services.openStream()) {
      named =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .map(String::strip)
              .filter(line -> !line.isEmpty() && !line.startsWith("#"))
              .toList();
    }
    ModuleDescriptor descriptor;
    try (InputStream in = beside(services).toURL().openStream()) {
      descriptor = ModuleDescriptor.read(in);
    }
    assertThat(descriptor.provides())
        .filteredOn(provides -> provides.service().equals(Plugin.class.getName()))
        .flatExtracting(ModuleDescriptor.Provides::providers)
        .containsExactlyElementsOf(named)
        .isNotEmpty();
  }

  @org.junit.jupiter.api.Test
  void theRunnerIsAmongThem() throws IOException {
    assertThat(servicesFiles()).anyMatch(url -> url.getPath().contains("/runner/target/classes/"));
    assertThat(servicesFiles()).hasSizeGreaterThanOrEqualTo(6);
  }

  private static URI beside(URL services) throws URISyntaxException {
    return new URI(services.toString().replace(SERVICES, "module-info.class"));
  }
}
