// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StateTest {

  private final Tensor one = Tensor.of(new Shape(1), 1);
  private final Tensor two = Tensor.of(new Shape(1), 2);

  @Test
  void equalContentIsEqualWhateverTheOrderOfNames() {
    State there = State.of(ordered("a", one, "b", two));
    State back = State.of(ordered("b", two, "a", one));
    assertThat(back).isEqualTo(there).hasSameHashCodeAs(there);
    assertThat(back.digest()).isEqualTo(there.digest());
    assertThat(back.names()).containsExactly("b", "a");
  }

  @Test
  void namesAreContent() {
    assertThat(State.of(Map.of("a", one))).isNotEqualTo(State.of(Map.of("b", one)));
    assertThat(State.of(ordered("a", one, "b", two)))
        .isNotEqualTo(State.of(ordered("a", two, "b", one)));
  }

  @Test
  void withReplacesAndAddsAndLeavesTheOldOneAlone() {
    State old = State.of(Map.of("a", one));
    State more = old.with(State.of(ordered("a", two, "b", one)));
    assertThat(more.tensors()).containsExactly(Map.entry("a", two), Map.entry("b", one));
    assertThat(old.tensors()).containsExactly(Map.entry("a", one));
  }

  @Test
  void mapChangesEveryElementAndKeepsNamesShapesAndSteps() {
    Set<Digest> steps = Set.of(Digest.of("a step"));
    State old =
        State.of(ordered("a", Tensor.of(new Shape(2, 1), 1, -2), "b", two)).derivedFrom(steps);
    State negated = old.map(value -> -value / 2);
    assertThat(negated)
        .isEqualTo(
            State.of(ordered("a", Tensor.of(new Shape(2, 1), -.5f, 1), "b", one.map(x -> -x))));
    assertThat(negated.names()).containsExactly("a", "b");
    assertThat(negated.origin()).isEqualTo(steps);
    assertThat(old.get("b")).isEqualTo(two);
    assertThat(one.map(x -> 0.1)).isEqualTo(Tensor.of(new Shape(1), 0.1f));
    assertThat(old.map((name, tensor) -> name.equals("a") ? one : tensor))
        .isEqualTo(State.of(ordered("a", one, "b", two)));
  }

  @Test
  void doesNotFollowTheMapItCameFrom() {
    Map<String, Tensor> map = ordered("a", one, "b", two);
    State state = State.of(map);
    map.clear();
    assertThat(state.names()).containsExactly("a", "b");
    assertThatThrownBy(() -> state.tensors().remove("a"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void namesWhatThereIsWhereATensorIsMissing() {
    State state = State.of(Map.of("fc.weight", one));
    assertThatThrownBy(() -> state.get("fc1.weight"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fc1.weight")
        .hasMessageContaining("[fc.weight]");
  }

  private static Map<String, Tensor> ordered(String a, Tensor first, String b, Tensor second) {
    Map<String, Tensor> map = new LinkedHashMap<>();
    map.put(a, first);
    map.put(b, second);
    return map;
  }
}
