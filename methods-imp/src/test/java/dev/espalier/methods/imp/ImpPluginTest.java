// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Catalog;
import dev.espalier.api.Criterion;
import dev.espalier.api.Method;
import dev.espalier.api.Plugin;
import dev.espalier.api.Schedule;
import dev.espalier.api.TieRule;
import dev.espalier.api.settings.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.RecordComponent;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImpPluginTest {

  private static final class Named implements Catalog.Entry {

    private final Class<?> kind;
    private final String id;
    private final Class<?> settings;
    private String summary;
    private String paper;

    Named(Class<?> kind, String id, Class<?> settings) {
      this.kind = kind;
      this.id = id;
      this.settings = settings;
    }

    @Override
    public Catalog.Entry summary(String sentence) {
      summary = sentence;
      return this;
    }

    @Override
    public Catalog.Entry paper(String citation) {
      paper = citation;
      return this;
    }
  }

  private static List<Named> contributed() {
    List<Named> all = new ArrayList<>();
    new ImpPlugin()
        .contribute(
            new Catalog() {
              @Override
              public <T> Entry add(Class<T> kind, String id, Class<? extends T> type) {
                all.add(new Named(kind, id, type));
                return all.get(all.size() - 1);
              }

              @Override
              public Entry method(
                  String id, Class<? extends Method> type, Class<? extends Record> settings) {
                all.add(new Named(Method.class, id, settings));
                return all.get(all.size() - 1);
              }
            });
    return all;
  }

  @Test
  void isDeclaredAlikeForTheModulePathAndTheClassPath() throws IOException {
    List<String> onClassPath;
    try (InputStream services = resource("META-INF/services/" + Plugin.class.getName())) {
      onClassPath = new String(services.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
    List<String> onModulePath;
    try (InputStream descriptor = resource("module-info.class")) {
      onModulePath =
          ModuleDescriptor.read(descriptor).provides().stream()
              .filter(provides -> provides.service().equals(Plugin.class.getName()))
              .flatMap(provides -> provides.providers().stream())
              .toList();
    }
    assertThat(onModulePath).containsExactly(ImpPlugin.class.getName());
    assertThat(onClassPath).isEqualTo(onModulePath);
  }

  /** A file of this module; on the class path other modules have files of the same name. */
  private static InputStream resource(String name) throws IOException {
    return new URL(ImpPlugin.class.getProtectionDomain().getCodeSource().getLocation(), name)
        .openStream();
  }

  @Test
  void namesThreeMethodsAScheduleATieRuleAndTenCriteria() {
    assertThat(contributed()).filteredOn(n -> n.kind == Method.class).hasSize(3);
    assertThat(contributed()).filteredOn(n -> n.kind == Schedule.class).hasSize(1);
    assertThat(contributed()).filteredOn(n -> n.kind == TieRule.class).hasSize(1);
    assertThat(contributed()).filteredOn(n -> n.kind == Criterion.class).hasSize(10);
    assertThat(contributed())
        .extracting(n -> n.id)
        .contains("imp", "early-bird", "instability", "geometric", "reference", "magnitude");
  }

  @Test
  void idsAreUniqueLowerCaseWordsJoinedByHyphens() {
    assertThat(contributed())
        .extracting(n -> n.id)
        .doesNotHaveDuplicates()
        .allMatch(id -> id.matches("[a-z]+(-[a-z]+)*"));
  }

  @Test
  void everythingHasASummaryAndAPaper() {
    for (Named named : contributed()) {
      assertThat(named.summary).as(named.id).isNotBlank().doesNotEndWith(".");
      assertThat(named.paper).as(named.id).contains("arXiv:");
    }
  }

  @Test
  void everySettingIsDescribed() {
    for (Named named : contributed()) {
      assertThat(named.settings.isRecord()).as(named.id).isTrue();
      for (RecordComponent component : named.settings.getRecordComponents()) {
        Setting setting = component.getAnnotation(Setting.class);
        assertThat(setting).as("%s of %s", component.getName(), named.id).isNotNull();
        assertThat(setting.value()).isNotBlank().doesNotEndWith(".");
      }
    }
  }
}
