// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Catalog;
import dev.espalier.api.Method;
import dev.espalier.api.network.Model;
import dev.espalier.zoo.ZooPlugin;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RegisteredModelsTest {

  @Test
  void theContractIsTestedOnEveryModelOfThePlugin() {
    Map<String, Class<?>> registered = new HashMap<>();
    new ZooPlugin()
        .contribute(
            new Catalog() {
              @Override
              public <T> Entry add(Class<T> kind, String id, Class<? extends T> type) {
                if (kind == Model.class) {
                  registered.put(id, type);
                }
                return new Ignored();
              }

              @Override
              public Entry method(
                  String id, Class<? extends Method> type, Class<? extends Record> settings) {
                return new Ignored();
              }
            });
    Map<String, Class<?>> tested = new HashMap<>();
    ModelContractTest.MODELS.forEach(model -> tested.put(model.id(), model.model().getClass()));
    assertThat(tested).isEqualTo(registered);
  }

  private static final class Ignored implements Catalog.Entry {

    @Override
    public Catalog.Entry summary(String sentence) {
      return this;
    }

    @Override
    public Catalog.Entry paper(String citation) {
      return this;
    }
  }
}
