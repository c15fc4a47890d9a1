// SPDX-License-Identifier: Apache-2.0
package org.example.broken;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Split;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import jakarta.inject.Inject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/** A method with a mistake. */
public final class WrongMethod implements Method {

  /** The mistakes. */
  public enum Mistake {
    /** Throws. */
    EXCEPTION,
    /** Continues a training from another iteration than its own. */
    ITERATION,
    /** Divides the weights by a split that returns null. */
    SPLIT,
    /** The pullback updates nothing. */
    PULLBACK,
    /** The pullback updates each variable twice. */
    TWICE,
    /** The pullback updates a variable that there is not. */
    UNKNOWN,
    /** The pullback updates one variable only. */
    PARTIAL,
    /** The pullback updates all variables by 0. */
    STILL,
    /** The forward returns a wrong shape. */
    SHAPE,
    /** The forward returns NaN. */
    NAN,
    /** The monitor returns null. */
    MEMORY,
    /** The monitor's memory cannot be stored. */
    MEMORY_TYPE
  }

  /** The settings. */
  public record Settings(@Setting("the mistake") Mistake mistake) {}

  private final Settings settings;

  /** With its settings. */
  @Inject
  public WrongMethod(Settings settings) {
    this.settings = settings;
  }

  @Override
  public void run(Trial trial) {
    State start = trial.initial();
    Parametrization dense = Parametrization.dense();
    switch (settings.mistake()) {
      case EXCEPTION -> throw new IllegalStateException("out of ideas");
      case ITERATION -> {
        Trained trained = trial.train(start, dense, trial.plan());
        trial.train(trained, dense, trial.plan());
      }
      case SPLIT -> trial.split(new NoSplit(), 0.5, start, start);
      case PULLBACK, TWICE, UNKNOWN, PARTIAL, STILL, SHAPE, NAN ->
          trial.train(start, new WrongParametrization(settings.mistake()), trial.plan());
      case MEMORY -> observed(trial, new Forgetful());
      case MEMORY_TYPE -> observed(trial, new Unstorable());
    }
  }

  private static void observed(Trial trial, EpochMonitor monitor) {
    Parametrization dense = Parametrization.dense();
    Trained begin = Trained.begin(trial.network(), trial.initial(), dense, 0);
    trial.train(begin, dense, trial.plan(), monitor);
  }

  /** A split without a mask. */
  public record NoSplit() implements Split {
    @Override
    public Mask mask(double rate, State start, State state, Trial trial) {
      return null;
    }

    @Override
    public void check(double rate, Network network, Data data, Refusals refusals) {}
  }

  /** A memory that can be stored. */
  public record Memory(int epochs) {}

  /** A monitor that returns no memory. */
  public record Forgetful() implements EpochMonitor {
    @Override
    public Class<Memory> memoryType() {
      return Memory.class;
    }

    @Override
    public Memory observe(Network network, Trained trained) {
      return null;
    }
  }

  /** A memory with a component that cannot be stored. */
  public record Thought(Optional<Thread> thread) {}

  /** A monitor with such a memory. */
  public record Unstorable() implements EpochMonitor {
    @Override
    public Class<Thought> memoryType() {
      return Thought.class;
    }

    @Override
    public Thought observe(Network network, Trained trained) {
      return new Thought(Optional.empty());
    }
  }

  /** The identity with a mistake. */
  public record WrongParametrization(Mistake mistake) implements Parametrization {
    @Override
    public State variables(Network network, State start) {
      return Parametrization.dense().variables(network, start);
    }

    @Override
    public OnDevice on(Network network, State state, NDManager manager) {
      return new OnDevice() {
        @Override
        public Map<String, NDArray> forward(Map<String, NDArray> variables) {
          Map<String, NDArray> effective = new LinkedHashMap<>(variables);
          if (mistake == Mistake.SHAPE) {
            effective.computeIfPresent("fc1.weight", (name, array) -> array.flatten());
          } else if (mistake == Mistake.NAN) {
            effective.computeIfPresent("fc1.weight", (name, array) -> array.sub(array).div(0));
          }
          return effective;
        }

        @Override
        public void pullback(
            Map<String, NDArray> variables,
            Map<String, NDArray> gradients,
            BiConsumer<String, NDArray> update) {
          switch (mistake) {
            case PULLBACK -> {}
            case TWICE -> {
              gradients.forEach(update);
              gradients.forEach(update);
            }
            case UNKNOWN -> update.accept("fc9.weight", gradients.get("fc1.weight"));
            case PARTIAL -> update.accept("fc1.weight", gradients.get("fc1.weight"));
            case STILL -> gradients.forEach((name, g) -> update.accept(name, g.muli(0)));
            default -> gradients.forEach(update);
          }
        }
      };
    }
  }
}
