// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.ndarray.NDArray;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.util.Arrays;

/**
 * Backward passes that can be differentiated again. DJL's gradient collector has none, and its
 * PyTorch engine has the call in a public class. The class is loaded by name, so that this module
 * compiles without an engine.
 */
final class SecondBackward {

  static final String CLASS = "ai.djl.pytorch.jni.JniUtils";

  private SecondBackward() {}

  /**
   * Adds the gradient of R to its leaves, together with the graph of the gradient's computation.
   *
   * @param objective R, one number
   */
  static void run(NDArray objective) {
    try (NDArray one = objective.onesLike()) {
      Holder.find(objective.getClass().getClassLoader()).invoke(objective, one, true, true);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Holder {

    private static MethodHandle backward;

    static synchronized MethodHandle find(ClassLoader engine) throws ReflectiveOperationException {
      if (backward == null) {
        try {
          Class<?> utils = Class.forName(CLASS, true, engine);
          Method method =
              Arrays.stream(utils.getMethods())
                  .filter(m -> m.getName().equals("backward") && m.getParameterCount() == 4)
                  .findFirst()
                  .orElseThrow(() -> new NoSuchMethodException(CLASS + ".backward"));
          backward = MethodHandles.publicLookup().unreflect(method);
        } catch (ClassNotFoundException | NoSuchMethodException e) {
          throw new UnsupportedOperationException(
              "second derivatives need DJL's PyTorch engine; this engine has no "
                  + CLASS
                  + ".backward",
              e);
        }
      }
      return backward;
    }
  }
}
