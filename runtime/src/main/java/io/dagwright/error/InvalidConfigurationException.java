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

  /** The path of the setting. */
  public String path() {
    return path;
  }
}
