// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import com.google.inject.AbstractModule;
import dev.espalier.api.Method;
import dev.espalier.runner.config.MethodChoice;

/**
 * How a method is built: its constructor may ask for its settings. The trial comes with {@link
 * Method#run}, so that a method keeps nothing of one replicate for the next.
 */
final class MethodModule extends AbstractModule {

  private final MethodChoice method;

  MethodModule(MethodChoice method) {
    this.method = method;
  }

  @Override
  protected void configure() {
    binder().requireExplicitBindings();
    binder().requireAtInjectOnConstructors();
    bindSettings(method.settings().getClass());
    bind(method.type());
    bind(Method.class).to(method.type());
  }

  private <S extends Record> void bindSettings(Class<S> type) {
    bind(type).toInstance(type.cast(method.settings()));
  }
}
