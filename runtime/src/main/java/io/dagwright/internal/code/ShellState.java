package io.dagwright.internal.code;

import java.util.Set;

/**
 * The values that some variables of JShell had at one moment.
 *
 * @param variables the fields, each as {@code class#name}
 * @param content the values of all of them, encoded
 * @param hash of the content
 */
public record ShellState(Set<String> variables, byte[] content, CodeHash hash) {

  /** No variables. */
  public static final ShellState NONE = new ShellState(Set.of(), new byte[0]);

  public ShellState {
    variables = Set.copyOf(variables);
  }

  /** Hashes the content. */
  public ShellState(Set<String> variables, byte[] content) {
    this(variables, content, CodeHash.of(content));
  }

  boolean isEmpty() {
    return variables.isEmpty();
  }
}
