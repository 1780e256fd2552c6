package io.dagwright.error;

import org.jspecify.annotations.Nullable;

/** A setting has a value that cannot be used. */
public final class InvalidConfigurationException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String path;

  public InvalidConfigurationException(String path, String why, @Nullable Throwable cause) {
    super("Setting [" + path + "] cannot be used: " + why, cause);
    this.path = path;
  }

  private InvalidConfigurationException(String message, Throwable cause) {
    super(message, cause);
    this.path = "dagwright.seeds";
  }

  /** One for the address of a scheduler, wherever it was given, which is none. */
  public static InvalidConfigurationException ofAddress(String address, Throwable cause) {
    return new InvalidConfigurationException(
        "Address [" + address + "] is not host:port, such as 127.0.0.1:7400.", cause);
  }

  /** The path of the setting. */
  public String path() {
    return path;
  }
}
