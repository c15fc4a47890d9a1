// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import com.google.inject.AbstractModule;
import com.google.inject.Guice;
import com.google.inject.Stage;
import dev.espalier.api.Method;
import dev.espalier.runner.config.MethodChoice;

/**
 * How a method is built: its constructor may ask for its settings. The trial comes with {@link
 * Method#run}, so that a method keeps nothing of one replicate for the next.
 */
public final class MethodModule extends AbstractModule {

  private final MethodChoice method;

  private MethodModule(MethodChoice method) {
    this.method = method;
  }

  /**
   * Builds a method.
   *
   * @param method which, with its settings
   */
  public static Method build(MethodChoice method) {
    return Guice.createInjector(Stage.PRODUCTION, new MethodModule(method))
        .getInstance(Method.class);
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
