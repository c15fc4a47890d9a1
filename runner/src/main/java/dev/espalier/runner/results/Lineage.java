// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.state.Digest;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.Store;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The chain of remembered steps behind a ticket, as text. */
public final class Lineage {

  private static final int KEY_DIGITS = 12;

  /** A store whose damage is ignored, since only the presence of steps is checked. */
  private final Store store;

  /**
   * Creates lineages of tickets of one folder.
   *
   * @param root the parent folder of {@code store}
   */
  public Lineage(Path root) {
    store = new Store(root.resolve(RunLayout.STORE), damage -> {});
  }

  /** Writes the steps in the order of their computation, each with its inputs. */
  public String of(StoredTicketResult ticket) {
    Account account = ticket.row().account();
    List<StepRecord> steps = account.steps().toList();
    Map<Digest, Integer> numbers = new LinkedHashMap<>();
    steps.forEach(step -> numbers.put(step.key(), numbers.size() + 1));
    StringBuilder text = new StringBuilder(ticket.name()).append('\n');
    part(text, "found by", account.finding(), numbers);
    part(text, "trained by", account.training(), numbers);
    return text.append("in all: ").append(spent(Account.sum(steps))).append('\n').toString();
  }

  private void part(
      StringBuilder text, String name, List<StepRecord> steps, Map<Digest, Integer> numbers) {
    if (steps.isEmpty()) {
      text.append(name).append(": no step\n");
      return;
    }
    text.append(name).append(": ").append(spent(Account.sum(steps))).append('\n');
    for (StepRecord step : steps) {
      String from =
          step.inputs().stream()
              .map(numbers::get)
              .sorted()
              .map(number -> "step " + number)
              .collect(Collectors.joining(" and "));
      text.append(
          String.format(
              Locale.ROOT,
              "%4d  %-5s  %s  %s, %s%s%n      %s%n",
              numbers.get(step.key()),
              step.kind(),
              step.key().prefix(KEY_DIGITS),
              "from " + (from.isEmpty() ? "the initial weights" : from),
              spent(step.spent()),
              store.has(step.key()) ? "" : "; no longer in the store",
              step.settings().entrySet().stream()
                  .map(setting -> setting.getKey() + " " + setting.getValue())
                  .collect(Collectors.joining(", "))));
    }
  }

  private static String spent(Spent spent) {
    return Stream.of(
            spent.examples() + " examples",
            Spent.shown((double) spent.macs()) + " MACs",
            Spent.shown((double) spent.effectiveMacs()) + " effective",
            String.format(Locale.ROOT, "%.1f s", spent.seconds()))
        .collect(Collectors.joining(", "));
  }
}
