// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import dev.espalier.api.settings.Refusal;
import java.net.URI;
import java.nio.file.Path;
import java.security.CodeSource;
import org.apiguardian.api.API;

/**
 * An exception for a plugin that breaks the contract of its kind: it returned a value that is not
 * allowed. Only its author can mend that. The message has the kind, the class, the jar and the
 * value:
 *
 * <pre>
 * criterion org.example.Mine of mine.jar: scores: found null, allowed is ...
 * </pre>
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class PluginFailed extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final transient Class<?> type;

  /**
   * Creates an exception.
   *
   * @param kind the word for the plugin's kind, such as {@code criterion}
   * @param plugin the object that broke the contract
   * @param refusal the value, and what is allowed
   */
  public PluginFailed(String kind, Object plugin, Refusal refusal) {
    super(name(kind, plugin.getClass()) + ": " + refusal + ". Tell its author");
    type = plugin.getClass();
  }

  /**
   * Returns the class that broke the contract.
   *
   * @return the class of the plugin's object
   */
  public Class<?> type() {
    return type;
  }

  /**
   * Names a class of a plugin.
   *
   * @param kind the word for its kind
   * @param type the class
   * @return such as {@code criterion org.example.Mine of mine.jar}
   */
  public static String name(String kind, Class<?> type) {
    return kind + " " + type.getName() + " of " + jar(type);
  }

  /**
   * Names the jar of a class.
   *
   * @param type the class
   * @return the name of its file or folder; its own name if it comes from neither
   */
  public static String jar(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    return source == null || source.getLocation() == null
        ? type.getName()
        : String.valueOf(Path.of(URI.create(source.getLocation().toString())).getFileName());
  }

  /**
   * Returns a value that a plugin returned, if it is not null.
   *
   * @param kind the word for the plugin's kind
   * @param plugin the object that returned it
   * @param what the name of the value
   * @param value the value
   * @param <T> its type
   * @return the value
   * @throws PluginFailed if it is null
   */
  public static <T> T nonNull(String kind, Object plugin, String what, T value) {
    if (value == null) {
      throw new PluginFailed(kind, plugin, new Refusal(what, "null", "a value"));
    }
    return value;
  }
}
