// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.network.Analysis;
import dev.espalier.api.settings.Names;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.config.OnCollapse;
import dev.espalier.runner.results.AnalysisTable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Applies {@code on-collapse} to masks that leave a layer empty. */
final class CollapsePolicy {

  /** Thrown to end a replicate with its tickets so far. */
  static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private final RunContext run;
  private final String label;
  private final int replicate;
  private String last = "";

  CollapsePolicy(RunContext run, String label, int replicate) {
    this.run = run;
    this.label = label;
    this.replicate = replicate;
  }

  /**
   * Accepts or refuses a mask.
   *
   * @throws TrialFailed if a layer is empty and {@code on-collapse} is {@code fail}
   * @throws Stopped if a layer is empty and {@code on-collapse} is {@code stop}
   */
  void admit(Analysis analysis) {
    if (!analysis.isCollapsed()) {
      return;
    }
    List<String> empty = analysis.empty().stream().map(Layer::name).toList();
    String collapse =
        "layer collapse: at density "
            + AnalysisTable.percent(analysis.density())
            + " % no weight is left in "
            + String.join(", ", empty);
    if (collapse.equals(last)) {
      return; // the controls of a ticket collapse with it
    }
    last = collapse;
    OnCollapse policy = run.experiment().onCollapse();
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("replicate", replicate);
    details.put("density", analysis.density());
    details.put("empty-layers", empty);
    details.put("on-collapse", Names.word(policy));
    run.events().event("collapse", details);
    switch (policy) {
      case WARN -> run.progress().line("espalier: " + label + collapse);
      case FAIL ->
          throw new TrialFailed(
              collapse
                  + ". Keep more weights, choose another criterion, or set on-collapse to warn or"
                  + " stop");
      case STOP -> {
        run.progress().line("espalier: " + label + collapse + "; the replicate stops here");
        throw new Stopped();
      }
    }
  }
}
