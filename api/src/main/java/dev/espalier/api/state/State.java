// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import dev.espalier.api.settings.RefusedException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import org.apiguardian.api.API;

/**
 * Named tensors: the weights, biases and batch-norm statistics of a network at one moment, the
 * variables of a parametrization, or the state of an optimizer. Immutable; equal content has an
 * equal digest, for any origin.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class State implements Digest.Digested {

  /** A state without tensors. */
  public static final State EMPTY = new State(Map.of(), Set.of());

  private final Map<String, Tensor> tensors;
  private final Set<Digest> origin;
  private Digest digest;

  private State(Map<String, Tensor> tensors, Set<Digest> origin) {
    this.tensors = tensors;
    this.origin = origin;
  }

  /**
   * Creates a state of the given tensors, without an origin.
   *
   * @param tensors tensors by name, in the order to keep; copied
   * @return the state
   */
  public static State of(Map<String, Tensor> tensors) {
    return new State(Collections.unmodifiableMap(new LinkedHashMap<>(tensors)), Set.of());
  }

  /**
   * Returns the tensors by name.
   *
   * @return an unmodifiable map, in the order given
   */
  public Map<String, Tensor> tensors() {
    return tensors;
  }

  /**
   * Returns the names.
   *
   * @return the names, in the order given
   */
  public Set<String> names() {
    return tensors.keySet();
  }

  /**
   * Returns one tensor.
   *
   * @param name its name
   * @return the tensor
   * @throws IllegalArgumentException if the name is unknown; the message lists the names
   */
  public Tensor get(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new RefusedException("tensor", name, "one of " + names());
    }
    return tensor;
  }

  /**
   * Returns this state with some tensors replaced or added.
   *
   * @param others the tensors that replace those of this state
   * @return a new state, which derives from the steps of both
   */
  public State with(State others) {
    Map<String, Tensor> all = new LinkedHashMap<>(tensors);
    all.putAll(others.tensors);
    return of(all).derivedFrom(origin).derivedFrom(others.origin);
  }

  /**
   * Applies a function to every element of every tensor.
   *
   * @param change the function; its results are rounded to float32
   * @return a new state, which derives from the steps of this one
   */
  public State map(DoubleUnaryOperator change) {
    return map((name, tensor) -> tensor.map(change));
  }

  /**
   * Applies a function to every tensor.
   *
   * @param change maps a name and its tensor to the new tensor
   * @return a new state of the same names, which derives from the steps of this one
   */
  public State map(BiFunction<String, Tensor, Tensor> change) {
    Map<String, Tensor> changed = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> changed.put(name, change.apply(name, tensor)));
    return of(changed).derivedFrom(origin);
  }

  /**
   * Returns the stored steps from which this state derives; they determine its cost and its
   * lineage. A trial with a store sets them, and states derived from others keep them.
   *
   * @return keys of steps; empty for a state that was drawn, or if no step is stored
   */
  public Set<Digest> origin() {
    return origin;
  }

  /**
   * Returns the same tensors, with additional steps as their origin. Use this for a state built
   * from tensors of other states.
   *
   * @param steps keys of steps, such as another state's {@link #origin}
   * @return an equal state
   */
  public State derivedFrom(Set<Digest> steps) {
    Set<Digest> all = new LinkedHashSet<>(origin);
    all.addAll(steps);
    State same = new State(tensors, Collections.unmodifiableSet(all));
    same.digest = digest;
    return same;
  }

  @Override
  public Digest digest() {
    if (digest == null) {
      digest = Digest.of(tensors);
    }
    return digest;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof State state && digest().equals(state.digest());
  }

  @Override
  public int hashCode() {
    return digest().hashCode();
  }

  @Override
  public String toString() {
    return "State" + names();
  }
}
