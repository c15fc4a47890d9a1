// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.cluster;

import static java.util.Map.entry;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.config.ConfigProblem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The objects of a run on Kubernetes, for {@code kubectl apply}: a ConfigMap with the experiment,
 * an Indexed Job with one pod for each worker, and on request the claim of the shared volume. They
 * are written in JSON, which kubectl reads as it reads YAML and in which no value needs care.
 *
 * <p>A worker that a user mistake ended ends the job. One that was interrupted or evicted is
 * started again, and does not count as a failure; one that died is started again {@code retries}
 * times. Needs Kubernetes 1.29 or later.
 *
 * @param settings the section {@code kubernetes} of the site file
 * @param run the name of the run's folder
 * @param experiment the experiment as HOCON, with paths that count from the shared folder
 * @param options further options of {@code espalier work}
 * @param pods the number and size of the pods
 */
record KubernetesManifest(
    KubernetesSettings settings, String run, String experiment, List<String> options, Pods pods) {

  /**
   * The pods, which have one worker each.
   *
   * @param workers their number
   * @param cpus the cores of a pod
   * @param memory the memory of a pod, such as 16G (of 1024 MiB each), of which the Java heap gets
   *     half
   * @param retries how often a worker that died is started again
   * @param secondsToSave the time of a worker to save a checkpoint
   */
  record Pods(int workers, int cpus, Optional<String> memory, int retries, long secondsToSave) {}

  private static final Gson JSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  /** A ConfigMap holds 1 MiB; this leaves room for its other fields. */
  private static final int LARGEST_EXPERIMENT = 1_000_000;

  // Names of hosts have at most 63 characters, and end with the number of the pod.
  private static final int LONGEST_NAME = 56;

  private static final String CONTAINER = "espalier";
  private static final String EXPERIMENT_FOLDER = "/etc/espalier";
  private static final String EXPERIMENT_FILE = "experiment.conf";
  private static final String SHARED_FOLDER = "/data";
  private static final String INDEX = "WORKER_INDEX";

  // Exit codes of a worker. A signal ends Java with the second one.
  private static final int MISTAKE = 2;
  private static final List<Integer> INTERRUPTED = List.of(130, 143);

  /**
   * Checks the size of the experiment.
   *
   * @throws ConfigProblem if no ConfigMap can hold it
   */
  KubernetesManifest {
    options = List.copyOf(options);
    int size = experiment.getBytes(StandardCharsets.UTF_8).length;
    if (size > LARGEST_EXPERIMENT) {
      throw ConfigProblem.of(
          List.of(
              new Refusal(
                  "--on",
                  "kubernetes with an experiment of " + size + " bytes",
                  "at most " + LARGEST_EXPERIMENT + " bytes, as a ConfigMap holds it",
                  "Divide the sweep, or start 'espalier work' in pods of another manifest")));
    }
  }

  /** Returns the name of the job and of its ConfigMap: lower-case letters, digits and hyphens. */
  String name() {
    String plain = ("espalier-" + run).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    String end = plain.substring(plain.lastIndexOf('-')); // the digest
    String begin = plain.substring(0, plain.length() - end.length());
    int room = Math.max(0, LONGEST_NAME - end.length());
    return (begin.substring(0, Math.min(begin.length(), room)) + end).replaceAll("-+$", "");
  }

  /** Writes the manifest. */
  String json() {
    List<Object> items = new ArrayList<>();
    settings.storage().ifPresent(size -> items.add(claim(size)));
    items.add(
        map(
            entry("apiVersion", "v1"),
            entry("kind", "ConfigMap"),
            entry("metadata", map(entry("name", name()))),
            entry("data", map(entry(EXPERIMENT_FILE, experiment)))));
    items.add(job());
    return JSON.toJson(map(entry("apiVersion", "v1"), entry("kind", "List"), entry("items", items)))
        + "\n";
  }

  private Map<String, Object> claim(String size) {
    Map<String, Object> spec =
        map(
            entry("accessModes", List.of("ReadWriteMany")),
            entry("resources", map(entry("requests", map(entry("storage", size))))));
    settings.storageClass().ifPresent(name -> spec.put("storageClassName", name));
    return map(
        entry("apiVersion", "v1"),
        entry("kind", "PersistentVolumeClaim"),
        entry("metadata", map(entry("name", settings.claim()))),
        entry("spec", spec));
  }

  private Map<String, Object> job() {
    return map(
        entry("apiVersion", "batch/v1"),
        entry("kind", "Job"),
        entry("metadata", map(entry("name", name()))),
        entry(
            "spec",
            map(
                entry("completionMode", "Indexed"),
                entry("completions", pods.workers()),
                entry("parallelism", pods.workers()),
                entry("backoffLimitPerIndex", pods.retries()),
                entry("podFailurePolicy", map(entry("rules", rules()))),
                entry("template", map(entry("spec", pod()))))));
  }

  /**
   * The meaning of a worker's end. The first rule that fits decides; without one the worker died.
   */
  private static List<Object> rules() {
    return List.of(
        map(entry("action", "FailJob"), entry("onExitCodes", exitCodes(List.of(MISTAKE)))),
        map(entry("action", "Ignore"), entry("onExitCodes", exitCodes(INTERRUPTED))),
        map(
            entry("action", "Ignore"),
            entry(
                "onPodConditions",
                List.of(map(entry("type", "DisruptionTarget"), entry("status", "True"))))));
  }

  private static Map<String, Object> exitCodes(List<Integer> codes) {
    return map(entry("containerName", CONTAINER), entry("operator", "In"), entry("values", codes));
  }

  private Map<String, Object> pod() {
    return map(
        entry("restartPolicy", "Never"),
        entry("terminationGracePeriodSeconds", pods.secondsToSave()),
        entry("containers", List.of(container())),
        entry(
            "volumes",
            List.of(
                map(
                    entry("name", "shared"),
                    entry("persistentVolumeClaim", map(entry("claimName", settings.claim())))),
                map(entry("name", "experiment"), entry("configMap", map(entry("name", name())))))));
  }

  private Map<String, Object> container() {
    return map(
        entry("name", CONTAINER),
        entry("image", settings.image()),
        entry("workingDir", SHARED_FOLDER),
        entry("command", command()),
        entry("env", environment()),
        entry("resources", resources()),
        entry(
            "volumeMounts",
            List.of(
                map(entry("name", "shared"), entry("mountPath", SHARED_FOLDER)),
                map(
                    entry("name", "experiment"),
                    entry("mountPath", EXPERIMENT_FOLDER),
                    entry("readOnly", true)))));
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(literal(settings.espalier() + "/espalier"), "work"));
    command.add(EXPERIMENT_FOLDER + "/" + EXPERIMENT_FILE);
    command.addAll(List.of("--dir", SHARED_FOLDER));
    command.addAll(List.of("--name", name() + "-$(" + INDEX + ")"));
    options.forEach(option -> command.add(literal(option)));
    return command;
  }

  /** Kubernetes replaces $(NAME) in a command, and $$ by $. */
  private static String literal(String text) {
    return text.replace("$", "$$");
  }

  private List<Object> environment() {
    List<Object> environment = new ArrayList<>();
    String index = "metadata.annotations['batch.kubernetes.io/job-completion-index']";
    environment.add(
        map(
            entry("name", INDEX),
            entry("valueFrom", map(entry("fieldRef", map(entry("fieldPath", index)))))));
    environment.add(map(entry("name", "OMP_WAIT_POLICY"), entry("value", "passive")));
    if (pods.memory().isPresent()) {
      environment.add(
          map(entry("name", "ESPALIER_OPTS"), entry("value", "-XX:MaxRAMPercentage=50")));
    }
    return environment;
  }

  private Map<String, Object> resources() {
    Map<String, Object> amounts = map(entry("cpu", Integer.toString(pods.cpus())));
    pods.memory().ifPresent(memory -> amounts.put("memory", memory + "i"));
    if (settings.gpus() > 0) {
      amounts.put("nvidia.com/gpu", Integer.toString(settings.gpus()));
    }
    return map(entry("requests", amounts), entry("limits", amounts));
  }

  /** A map in the order of its entries. */
  @SafeVarargs
  private static Map<String, Object> map(Map.Entry<String, ?>... entries) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (Map.Entry<String, ?> entry : entries) {
      map.put(entry.getKey(), entry.getValue());
    }
    return map;
  }
}
