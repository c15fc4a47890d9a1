// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.data.Crop;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Flip;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.engine.TrainingListener;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.Sgd;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Counts the operations of a training step by PyTorch's profiler. On a GPU each costs a launch of
 * some microseconds, and small networks are bound by them. A count needs no GPU.
 */
class StepOperationsTest {

  private static final String OPERATION = "aten::";
  private static final int COUNTED = 10;
  private static final Seed SEED = new Seed(1, 0);

  /** Operations that change or move no numbers. */
  private static final Set<String> VIEWS =
      Set.of(
          "alias",
          "as_strided",
          "as_strided_",
          "detach",
          "detach_",
          "empty",
          "empty_like",
          "empty_strided",
          "expand",
          "flatten",
          "lift_fresh",
          "narrow",
          "permute",
          "reshape",
          "resize_",
          "resolve_conj",
          "select",
          "slice",
          "squeeze",
          "t",
          "transpose",
          "unsqueeze",
          "view",
          "_unsafe_view");

  private static final Model RESNET = new CifarResnet.Resnet20(16, CodeFamily.SYNFLOW);

  @TempDir Path folder;

  /** The copies to the device of each step in which no buffer was collected as garbage. */
  private final List<Long> copies = new ArrayList<>();

  private record Event(String name, int thread, double begin, double end) {

    String operation() {
      return name.replace(OPERATION, "");
    }

    boolean contains(Event other) {
      return thread == other.thread && begin <= other.begin && other.end <= end;
    }
  }

  /**
   * Counts arrays that are made from Java's memory, by DJL's buffers: on a GPU each is a copy that
   * the host waits for. The order of an epoch and what a training begins with are not counted.
   */
  @Test
  void anAugmentedStepCopiesOnceToTheDeviceAndAnotherStepNever() throws Exception {
    Data data = data(new Shape(3, 32, 32));
    Sgd sgd = new Sgd(0.1, 0.9, false, 1e-4, List.of());
    count(RESNET, sgd, data, 4);
    assertThat(copies).containsOnly(0L);
    Map<String, Integer> counts =
        count(RESNET, sgd, data.withAugmentations(List.of(new Crop(4), new Flip(0.5))), 4);
    assertThat(copies).containsOnly(1L);
    assertThat(counts).as("what reads a number back").doesNotContainKey("_local_scalar_dense");
  }

  @Test
  void aMaskedStepOfAdamOnLenetTakesFewOperations() throws Exception {
    Map<String, Integer> counts =
        count(
            new Lenet300100(true, Initialiser.PYTORCH_DEFAULT),
            new Adam(1e-3),
            data(new Shape(1, 28, 28)),
            60);
    assertThat(sum(counts)).as("%s", counts).isLessThanOrEqualTo(70);
  }

  @Test
  void aMaskedAugmentedStepOfSgdOnAResidualNetworkTakesFewOperations() throws Exception {
    Data data = data(new Shape(3, 32, 32)).withAugmentations(List.of(new Crop(4), new Flip(0.5)));
    Sgd sgd = new Sgd(0.1, 0.9, false, 1e-4, List.of());
    Map<String, Integer> counts = count(RESNET, sgd, data, 4);
    assertThat(sum(counts)).as("%s", counts).isLessThanOrEqualTo(250);
  }

  private static int sum(Map<String, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum() / COUNTED;
  }

  private static Data data(Shape shape) {
    int examples = 256;
    byte[] pixels = new byte[Math.toIntExact(examples * shape.size())];
    SEED.stream("pixels", 0).nextBytes(pixels);
    int[] labels = SEED.stream("labels", 0).ints(examples, 0, 10).toArray();
    Examples train = Examples.ofBytes(ByteBuffer.wrap(pixels), shape, labels);
    Examples none = Examples.ofBytes(ByteBuffer.allocate(0), shape);
    return new Data("noise", train, none, none, Normalisation.NONE, 10);
  }

  /** Counts the operations of some steps under a mask of every second weight. */
  private Map<String, Integer> count(Model model, Optimizer optimizer, Data data, int batch)
      throws Exception {
    Span span = Span.iterations(COUNTED + 2);
    Plan plan =
        Plan.of(
            new Training(optimizer, new Constant(), Span.iterations(0), batch, span, span),
            data.train().size());
    Path file = folder.resolve("profile.json");
    try (Network network = model.build(data.task());
        TrainingEngine engine = new TrainingEngine(network, data, Device.cpu())) {
      Parametrization masked = Parametrization.masked(everySecond(network));
      Trained start = Trained.begin(network, network.initial(SEED.stream("init", 0)), masked, 0);
      engine.train(SEED, start, masked, plan.until(COUNTED + 1), new Profiler(file));
    }
    return operations(file);
  }

  private static Mask everySecond(Network network) {
    return Mask.of(
        network.layers(),
        (layer, bits) -> {
          for (int i = 0; i < layer.size(); i += 2) {
            bits.set(i);
          }
          return bits;
        });
  }

  /** Starts PyTorch's profiler after the first step. DJL has it in a public class of its engine. */
  private final class Profiler implements TrainingListener {

    private final Path file;
    private long before;

    Profiler(Path file) {
      this.file = file;
    }

    @Override
    public boolean step(long iteration) {
      if (iteration == 1) {
        call("startProfile", false, false, false);
        copies.clear();
      } else if (buffers() >= before) {
        copies.add(buffers() - before);
      }
      if (iteration == COUNTED + 1) {
        call("stopProfile", file.toString());
      }
      before = buffers();
      return false;
    }

    private static long buffers() {
      return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
          .filter(pool -> pool.getName().equals("direct"))
          .mapToLong(BufferPoolMXBean::getCount)
          .sum();
    }

    private static void call(String name, Object... arguments) {
      try {
        for (Method method : Class.forName("ai.djl.pytorch.jni.JniUtils").getMethods()) {
          if (method.getName().equals(name)) {
            method.invoke(null, arguments);
            return;
          }
        }
        throw new IllegalStateException(name);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Counts operations by name, without views and without operations that consist of others. */
  private static Map<String, Integer> operations(Path file) throws IOException {
    Matcher matcher =
        Pattern.compile(
                "\"name\": \"([^\"]*)\",\\s*\"ph\": \"X\",\\s*\"ts\": ([\\d.]+),"
                    + "\\s*\"dur\": ([\\d.]+),\\s*\"tid\": (\\d+)")
            .matcher(Files.readString(file));
    List<Event> events = new ArrayList<>();
    while (matcher.find()) {
      double begin = Double.parseDouble(matcher.group(2));
      double end = begin + Double.parseDouble(matcher.group(3));
      events.add(new Event(matcher.group(1), Integer.parseInt(matcher.group(4)), begin, end));
    }
    // Inner events follow the outer one; from the last to the first, they are seen before it.
    events.sort(
        Comparator.comparingInt(Event::thread)
            .thenComparingDouble(Event::begin)
            .thenComparing(Comparator.comparingDouble(Event::end).reversed()));
    List<Event> counted = new ArrayList<>();
    for (int i = events.size() - 1; i >= 0; i--) {
      Event event = events.get(i);
      boolean isOuter = !counted.isEmpty() && event.contains(counted.get(counted.size() - 1));
      if (!isOuter && event.name().startsWith(OPERATION) && !VIEWS.contains(event.operation())) {
        counted.add(event);
      }
    }
    Map<String, Integer> counts = new TreeMap<>();
    counted.forEach(event -> counts.merge(event.operation(), 1, Integer::sum));
    return counts;
  }
}
