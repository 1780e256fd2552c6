package io.dagwright.internal.code;

import io.dagwright.error.CodeUnavailableException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.security.cert.Certificate;
import java.util.function.Function;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * A jar of a unit on a worker, fetched and opened when something that may be in it is wanted first.
 * Thread-safe; who comes while it is fetched waits.
 */
final class ShippedJar implements Closeable {

  private final CodeJar description;
  private final Function<CodeHash, Path> files;
  private @Nullable Opened opened;
  private boolean isClosed;

  /** An open jar and the domain of the classes from it. */
  record Opened(JarFile file, URL url, ProtectionDomain domain, @Nullable Manifest manifest) {}

  /** A file in the jar, for the Java version that is running. */
  record Found(byte[] content, Opened jar) {}

  ShippedJar(CodeJar description, Function<CodeHash, Path> files) {
    this.description = description;
    this.files = files;
  }

  CodeJar description() {
    return description;
  }

  /** Reads a file of the jar; null if it has none of that name. */
  @Nullable Found find(String resource) {
    JarEntry entry = entry(resource);
    if (entry == null) {
      return null;
    }
    Opened jar = open();
    try (InputStream in = jar.file().getInputStream(entry)) {
      return new Found(in.readAllBytes(), jar);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** The URL of a file of the jar; null if it has none of that name. */
  @Nullable URL url(String resource) {
    JarEntry entry = entry(resource);
    if (entry == null) {
      return null;
    }
    Opened jar = open();
    try {
      String path = new URI("file", null, "/" + entry.getRealName(), null).getRawPath();
      return new URL("jar:" + jar.url() + "!" + path);
    } catch (URISyntaxException | MalformedURLException e) {
      throw new IllegalStateException("a file has a path that no URL can have", e);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    isClosed = true;
    if (opened != null) {
      opened.file().close();
    }
  }

  private @Nullable JarEntry entry(String resource) {
    return description.mayHave(resource) ? open().file().getJarEntry(resource) : null;
  }

  private synchronized Opened open() {
    if (isClosed) {
      throw new CodeUnavailableException(
          "Jar ["
              + description.name()
              + "] was closed with the session it belongs to. A task still ran; submit it again in"
              + " a new session.",
          null);
    }
    if (opened == null) {
      Path path = files.apply(description.hash());
      try {
        JarFile file =
            new JarFile(path.toFile(), false, ZipFile.OPEN_READ, JarFile.runtimeVersion());
        URL url = path.toUri().toURL();
        CodeSource source = new CodeSource(url, (Certificate[]) null);
        opened = new Opened(file, url, new ProtectionDomain(source, null), file.getManifest());
      } catch (IOException e) {
        throw unreadable(e);
      }
    }
    return opened;
  }

  private CodeUnavailableException unreadable(IOException cause) {
    return new CodeUnavailableException(
        "Jar ["
            + description.name()
            + "] with the hash ["
            + description.hash().prefix()
            + "] cannot be read on this worker: "
            + cause.getMessage()
            + ". Check on the client that it is a whole jar.",
        cause);
  }
}
