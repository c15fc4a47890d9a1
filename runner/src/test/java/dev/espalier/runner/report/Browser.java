// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A headless Chromium with one page, driven over the DevTools protocol. Everything that is waited
 * for has a limit, and is told by the browser.
 */
public final class Browser implements AutoCloseable {

  private static final long LIMIT_SECONDS = 60;

  private static final String LISTENING = "DevTools listening on ";

  /** An event that somebody waits for. */
  private record Awaited(Predicate<JsonObject> event, CompletableFuture<JsonObject> found) {}

  private final Process process;
  private final WebSocket socket;
  private final String session;
  private final AtomicInteger calls = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonObject>> answers = new ConcurrentHashMap<>();
  private final List<Awaited> awaited = new CopyOnWriteArrayList<>();
  private final List<JsonObject> events = new CopyOnWriteArrayList<>();

  /** The browser on the path, if there is one. */
  public static Optional<Path> program() {
    return Stream.of("chromium", "chromium-browser", "google-chrome")
        .flatMap(
            name ->
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                    .map(folder -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts it, without a network.
   *
   * @param program the browser
   * @param folder for all that it likes to keep
   */
  public Browser(Path program, Path folder) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "--headless=new",
                "--remote-debugging-port=0",
                "--user-data-dir=" + folder,
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--no-first-run",
                "--hide-scrollbars",
                "about:blank"));
    if (System.getProperty("user.name").equals("root")) {
      command.add("--no-sandbox"); // which it does without for nobody else
    }
    process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectErrorStream(false)
            .start();
    try {
      socket =
          within(
              HttpClient.newHttpClient()
                  .newWebSocketBuilder()
                  .buildAsync(URI.create(within(address())), new Listener()));
      String target =
          call(null, "Target.createTarget", Map.of("url", "about:blank"))
              .get("targetId")
              .getAsString();
      session =
          call(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
              .get("sessionId")
              .getAsString();
      for (String part : List.of("Page", "Runtime", "Log", "Network")) {
        call(part + ".enable", Map.of());
      }
      call(
          "Network.emulateNetworkConditions",
          Map.of("offline", true, "latency", 0, "downloadThroughput", 0, "uploadThroughput", 0));
    } catch (RuntimeException e) {
      kill();
      throw e;
    }
  }

  /** Which it says among its complaints, and goes on to complain. */
  private CompletableFuture<String> address() {
    CompletableFuture<String> address = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              StringBuilder said = new StringBuilder();
              try (BufferedReader lines = process.errorReader()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                  said.append(line).append('\n');
                  if (line.startsWith(LISTENING)) {
                    address.complete(line.substring(LISTENING.length()).strip());
                  }
                }
              } catch (IOException e) {
                said.append(e); // it has been closed
              }
              address.completeExceptionally(new IllegalStateException("it ended: " + said));
            },
            "browser");
    reader.setDaemon(true);
    reader.start();
    return address;
  }

  private final class Listener implements WebSocket.Listener {

    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      message.append(part);
      if (last) {
        JsonObject whole = JsonParser.parseString(message.toString()).getAsJsonObject();
        message.setLength(0);
        if (whole.has("id")) {
          answers.remove(whole.get("id").getAsInt()).complete(whole);
        } else {
          events.add(whole);
          for (Awaited one : awaited) {
            if (one.event().test(whole)) {
              one.found().complete(whole.getAsJsonObject("params"));
            }
          }
        }
      }
      from.request(1);
      return null;
    }
  }

  private static <T> T within(CompletableFuture<T> future) {
    try {
      return future.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the browser: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private JsonObject call(String session, String method, Map<String, ?> parameters) {
    JsonObject message = new JsonObject();
    int id = calls.incrementAndGet();
    message.addProperty("id", id);
    message.addProperty("method", method);
    message.add("params", new Gson().toJsonTree(parameters));
    if (session != null) {
      message.addProperty("sessionId", session);
    }
    CompletableFuture<JsonObject> answer = new CompletableFuture<>();
    answers.put(id, answer);
    within(socket.sendText(message.toString(), true));
    JsonObject whole = within(answer);
    if (whole.has("error")) {
      throw new IllegalStateException(method + ": " + whole.get("error"));
    }
    return whole.getAsJsonObject("result");
  }

  private JsonObject call(String method, Map<String, ?> parameters) {
    return call(session, method, parameters);
  }

  private CompletableFuture<JsonObject> next(Predicate<JsonObject> event) {
    Awaited next = new Awaited(event, new CompletableFuture<>());
    awaited.add(next);
    return next.found().whenComplete((found, e) -> awaited.remove(next));
  }

  private static Predicate<JsonObject> named(String method) {
    return event -> event.get("method").getAsString().equals(method);
  }

  /** Opens a page on a screen of some width, and forgets what was said before. */
  public void open(Path page, int width) {
    boolean phone = width < 500;
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", 900, "deviceScaleFactor", phone ? 2 : 1, "mobile", phone));
    events.clear();
    CompletableFuture<JsonObject> loaded = next(named("Page.loadEventFired"));
    call("Page.navigate", Map.of("url", page.toUri().toString()));
    within(loaded);
    settle();
  }

  /** As if the reader's system were dark or light. */
  public void prefer(String scheme) {
    call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    settle();
  }

  /** Until what was done to the page is to be seen. */
  private void settle() {
    evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))");
  }

  /** What an expression, or the promise that it is, comes to. */
  public JsonElement evaluate(String expression) {
    JsonObject result =
        call(
            "Runtime.evaluate",
            Map.of(
                "expression",
                expression,
                "awaitPromise",
                true,
                "returnByValue",
                true,
                "userGesture",
                true));
    if (result.has("exceptionDetails")) {
      throw new IllegalStateException(expression + ": " + result.get("exceptionDetails"));
    }
    JsonObject value = result.getAsJsonObject("result");
    return value.has("value") ? value.get("value") : new JsonArray();
  }

  /** All that the page has said, thrown or complained of since it was opened. */
  public List<JsonObject> complaints() {
    return events.stream()
        .filter(
            named("Runtime.consoleAPICalled")
                .or(named("Runtime.exceptionThrown"))
                .or(named("Log.entryAdded")))
        .toList();
  }

  /** What the page has asked for since it was opened. */
  public List<String> requests() {
    return events.stream()
        .filter(named("Network.requestWillBeSent"))
        .map(
            event ->
                event.getAsJsonObject("params").getAsJsonObject("request").get("url").getAsString())
        .toList();
  }

  /** Clicks on what an expression finds, and waits for the file that the page gives. */
  void download(String element, Path folder) {
    call(
        null,
        "Browser.setDownloadBehavior",
        Map.of("behavior", "allow", "downloadPath", folder.toString(), "eventsEnabled", true));
    CompletableFuture<JsonObject> done =
        next(
            named("Browser.downloadProgress")
                .and(
                    event ->
                        !event
                            .getAsJsonObject("params")
                            .get("state")
                            .getAsString()
                            .equals("inProgress")));
    evaluate(element + ".click()");
    String state = within(done).get("state").getAsString();
    if (!state.equals("completed")) {
      throw new IllegalStateException("the download was " + state);
    }
  }

  /** The whole page, however long, as a PNG. */
  public void picture(Path file) throws IOException {
    JsonObject size = call("Page.getLayoutMetrics", Map.of()).getAsJsonObject("cssContentSize");
    String png =
        call(
                "Page.captureScreenshot",
                Map.of(
                    "format",
                    "png",
                    "captureBeyondViewport",
                    true,
                    "clip",
                    Map.of(
                        "x",
                        0,
                        "y",
                        0,
                        "width",
                        size.get("width").getAsDouble(),
                        "height",
                        size.get("height").getAsDouble(),
                        "scale",
                        1)))
            .get("data")
            .getAsString();
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(png));
  }

  private void kill() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroy();
    children.forEach(ProcessHandle::destroy);
    process.onExit().orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
  }

  /** It ends itself, and takes its files away. */
  @Override
  public void close() {
    try {
      call(null, "Browser.close", Map.of());
      within(process.onExit());
    } finally {
      socket.abort();
      kill();
    }
  }
}
