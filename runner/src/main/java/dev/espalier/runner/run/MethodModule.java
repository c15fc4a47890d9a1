// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import com.google.inject.AbstractModule;
import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.ProvisionException;
import com.google.inject.Stage;
import dev.espalier.api.Method;
import dev.espalier.runner.config.MethodChoice;
import dev.espalier.runner.plugin.PluginProblem;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Builds a method with Guice: its constructor may take its settings, and a part of them by its
 * interface, such as {@link dev.espalier.api.Criterion}. {@link Method#run} receives the trial, so
 * that a method keeps no state between replicates.
 */
public final class MethodModule extends AbstractModule {

  private final MethodChoice method;

  private MethodModule(MethodChoice method) {
    this.method = method;
  }

  /**
   * Builds a method.
   *
   * @param method the method with its settings
   * @throws IllegalArgumentException if the constructor refuses the settings
   * @throws PluginProblem if the constructor takes any other parameter
   */
  public static Method build(MethodChoice method) {
    MethodModule module = new MethodModule(method);
    try {
      return Guice.createInjector(Stage.PRODUCTION, module).getInstance(Method.class);
    } catch (CreationException e) {
      throw new PluginProblem(
          "found the class "
              + method.type().getName()
              + " of method "
              + method.id()
              + " without a constructor that can be called, allowed is one with @Inject that takes "
              + module.offered());
    } catch (ProvisionException e) {
      if (e.getCause() instanceof IllegalArgumentException refusal) {
        throw refusal;
      }
      throw e;
    }
  }

  @Override
  protected void configure() {
    binder().requireExplicitBindings();
    binder().requireAtInjectOnConstructors();
    bindInstance(method.settings().getClass(), method.settings());
    for (RecordComponent part : parts()) {
      try {
        bindInstance(part.getType(), part.getAccessor().invoke(method.settings()));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(part + " cannot be read", e);
      }
    }
    bind(method.type());
    bind(Method.class).to(method.type());
  }

  /** The settings whose interface no other setting has. */
  private List<RecordComponent> parts() {
    RecordComponent[] all = method.settings().getClass().getRecordComponents();
    List<Class<?>> types = Arrays.stream(all).<Class<?>>map(RecordComponent::getType).toList();
    return Arrays.stream(all)
        .filter(part -> part.getType().isInterface())
        .filter(part -> types.indexOf(part.getType()) == types.lastIndexOf(part.getType()))
        .toList();
  }

  private String offered() {
    return Stream.concat(
            Stream.of(method.settings().getClass()), parts().stream().map(RecordComponent::getType))
        .map(Class::getName)
        .collect(Collectors.joining(", "));
  }

  private <T> void bindInstance(Class<T> type, Object instance) {
    bind(type).toInstance(type.cast(instance));
  }
}
