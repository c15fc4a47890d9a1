// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.ndarray.types.DataType;
import com.google.gson.GsonBuilder;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Ticket;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Analysis.OfLayer;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Names;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Layer;
import dev.espalier.api.structure.Cost;
import dev.espalier.runner.results.StepRecord;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.TicketArrays;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Keeps a ticket: {@code tickets/[variant-]replicate-0-round-03[-branch].safetensors} with {@code
 * mask/...} (U8, 1 where alive), {@code start/...} and {@code trained/...} (F32), and beside it a
 * json that says what it is and how it trained.
 */
final class TicketFile {

  private TicketFile() {}

  static void write(RunFolder folder, PublishedTicket published, Data data) throws IOException {
    Ticket ticket = published.ticket();
    String variant = published.variant();
    String name = published.name();
    Map<String, Map<String, Object>> layers = new LinkedHashMap<>();
    for (Layer layer : ticket.mask().layers()) {
      Map<String, Object> description = new LinkedHashMap<>();
      description.put("shape", layer.shape().getShape());
      description.put("kind", Names.word(layer.kind()));
      description.put("kept", ticket.mask().kept(layer));
      description.put("density", ticket.mask().density(layer));
      layers.put(layer.name(), description);
    }
    for (OfLayer of : ticket.analysis().layers()) {
      Map<String, Object> description = layers.get(of.layer().name());
      description.put("on-path", of.onPath());
      description.put("effective-density", of.effectiveDensity());
      description.put("dead-units", of.deadUnits());
      description.put("units", of.units());
    }
    Safetensors file =
        TicketArrays.of(name, ticket.mask(), ticket.start(), ticket.trained().state());
    AtomicFile.write(folder.file("tickets/" + name + ".safetensors"), file::write);

    Map<String, Object> description = new LinkedHashMap<>();
    description.put("ticket", name);
    description.put("run", folder.path().getFileName().toString());
    if (!variant.isEmpty()) {
      description.put("variant", variant);
    }
    description.put("network", published.network().name());
    description.put("input", published.network().batch(1).slice(1).getShape());
    description.put("classes", data.classes());
    description.put("normalisation", normalisation(data));
    Cost cost = published.cost();
    description.put("macs", cost.macs());
    description.put("effective-macs", Cost.macs(published.network(), ticket.mask()));
    description.put("parameters", cost.parameters());
    if (!published.isOfWhole()) {
      description.put("channels", channels(published.whole(), published.network()));
    }
    description.put("branch", ticket.branch());
    description.put("round", ticket.round());
    description.put("replicate", published.replicate());
    description.put("density", published.density());
    description.put("effective-density", published.effectiveDensity());
    description.put("empty-layers", ticket.analysis().empty().stream().map(Layer::name).toList());
    description.put("kept", ticket.mask().kept());
    description.put("trained-from-iteration", ticket.plan().from());
    description.put("trained-until-iteration", ticket.plan().until());
    description.put("iteration", ticket.trained().iteration());
    description.put("mask-sha256", ticket.mask().digest().hex());
    description.put("start-sha256", ticket.start().digest().hex());
    description.put("trained-sha256", ticket.trained().state().digest().hex());
    description.put("layers", layers);
    description.put("findings", ticket.findings());
    description.put(
        "found-by", published.account().finding().stream().map(TicketFile::step).toList());
    description.put(
        "trained-by", published.account().training().stream().map(TicketFile::step).toList());
    description.put(
        "history", ticket.trained().history().points().stream().map(TicketFile::point).toList());
    String json = new GsonBuilder().setPrettyPrinting().create().toJson(description) + "\n";
    folder.write("tickets/" + name + ".json", json);
  }

  /** What the network is shown of a feature x: (x / unit - mean) / std. */
  private static Map<String, Object> normalisation(Data data) {
    Map<String, Object> normalisation = new LinkedHashMap<>();
    normalisation.put("unit", data.train().type() == DataType.UINT8 ? 255 : 1);
    normalisation.put("mean", data.normalisation().mean());
    normalisation.put("std", data.normalisation().std());
    return normalisation;
  }

  /** How wide each group is, and how wide it is in the experiment's network. */
  private static Map<String, Object> channels(Network whole, Network network) {
    Map<String, Object> channels = new LinkedHashMap<>();
    for (int i = 0; i < network.groups().size(); i++) {
      Map<String, Integer> widths = new LinkedHashMap<>();
      widths.put("width", network.groups().get(i).size());
      widths.put("of", whole.groups().get(i).size());
      channels.put(network.groups().get(i).name(), widths);
    }
    return channels;
  }

  private static Map<String, Object> step(StepRecord step) {
    Map<String, Object> description = new LinkedHashMap<>();
    description.put("key", step.key().hex());
    description.put("step", step.kind());
    description.put("settings", step.settings());
    description.put("inputs", step.inputs().stream().map(Digest::hex).toList());
    description.put("examples", step.spent().examples());
    description.put("macs", step.spent().macs());
    description.put("effective-macs", step.spent().effectiveMacs());
    description.put("seconds", step.spent().seconds());
    return description;
  }

  private static Map<String, Object> point(History.Point point) {
    Map<String, Object> numbers = new LinkedHashMap<>();
    numbers.put("iteration", point.iteration());
    put(numbers, "train", point.train());
    put(numbers, "validation", point.validation());
    put(numbers, "test", point.test());
    return numbers;
  }

  private static void put(Map<String, Object> numbers, String name, Evaluation evaluation) {
    // JSON has neither NaN nor infinity.
    if (Double.isFinite(evaluation.loss())) {
      numbers.put(name + "-loss", evaluation.loss());
    }
    if (Double.isFinite(evaluation.accuracy())) {
      numbers.put(name + "-accuracy", evaluation.accuracy());
    }
  }
}
