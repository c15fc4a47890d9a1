// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import com.google.inject.AbstractModule;
import dev.espalier.api.Method;
import dev.espalier.api.Network;
import dev.espalier.api.Plan;
import dev.espalier.api.Seed;
import dev.espalier.api.Trial;
import dev.espalier.runner.config.MethodChoice;

/** What a method's constructor may ask for: its settings, and the trial with its parts. */
final class TrialModule extends AbstractModule {

  private final MethodChoice method;
  private final Trial trial;

  TrialModule(MethodChoice method, Trial trial) {
    this.method = method;
    this.trial = trial;
  }

  @Override
  protected void configure() {
    binder().requireExplicitBindings();
    binder().requireAtInjectOnConstructors();
    bindSettings(method.settings().getClass());
    bind(method.type());
    bind(Method.class).to(method.type());
    bind(Trial.class).toInstance(trial);
    bind(Network.class).toInstance(trial.network());
    bind(Plan.class).toInstance(trial.plan());
    bind(Seed.class).toInstance(trial.seed());
  }

  private <S extends Record> void bindSettings(Class<S> type) {
    bind(type).toInstance(type.cast(method.settings()));
  }
}
