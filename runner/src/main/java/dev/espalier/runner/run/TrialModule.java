// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import com.google.inject.AbstractModule;
import dev.espalier.api.Method;
import dev.espalier.api.Network;
import dev.espalier.api.Plan;
import dev.espalier.api.Seed;
import dev.espalier.runner.config.MethodChoice;

/**
 * What a method's constructor may ask for: its settings, the network, the timetable and the seed.
 * The trial itself comes with {@link Method#run}, so that a method can do nothing before.
 */
final class TrialModule extends AbstractModule {

  private final MethodChoice method;
  private final Network network;
  private final Plan plan;
  private final Seed seed;

  TrialModule(MethodChoice method, Network network, Plan plan, Seed seed) {
    this.method = method;
    this.network = network;
    this.plan = plan;
    this.seed = seed;
  }

  @Override
  protected void configure() {
    binder().requireExplicitBindings();
    binder().requireAtInjectOnConstructors();
    bindSettings(method.settings().getClass());
    bind(method.type());
    bind(Method.class).to(method.type());
    bind(Network.class).toInstance(network);
    bind(Plan.class).toInstance(plan);
    bind(Seed.class).toInstance(seed);
  }

  private <S extends Record> void bindSettings(Class<S> type) {
    bind(type).toInstance(type.cast(method.settings()));
  }
}
