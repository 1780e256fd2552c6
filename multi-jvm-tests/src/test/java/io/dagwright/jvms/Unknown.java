package io.dagwright.jvms;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Makes an exception of a class that exists where this runs and nowhere else. */
final class Unknown {

  private static final String SOURCE =
      "package made.there; public class Gone extends RuntimeException {"
          + " public Gone(String message) { super(message); } }";

  private Unknown() {}

  static RuntimeException make(String message) throws IOException, ReflectiveOperationException {
    Path classes = Files.createTempDirectory("made-there");
    JavaFileObject source =
        new SimpleJavaFileObject(
            URI.create("memory:///made/there/Gone.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return SOURCE;
          }
        };
    ToolProvider.getSystemJavaCompiler()
        .getTask(null, null, null, List.of("-d", classes.toString()), null, List.of(source))
        .call();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
      return (RuntimeException)
          loader.loadClass("made.there.Gone").getConstructor(String.class).newInstance(message);
    }
  }
}
