package io.dagwright.internal.code;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;

/**
 * The jars in which a loader and its parents look for classes, in that order, with those that a
 * jar's manifest adds behind it. Of loaders of unknown make, only jars with a manifest are known.
 */
final class ClassPathJars {

  private final Set<CodeLocation> found = new LinkedHashSet<>();

  private final JarIndex index;

  private ClassPathJars(JarIndex index) {
    this.index = index;
  }

  static List<CodeLocation> of(ClassLoader loader, JarIndex index) {
    ClassPathJars jars = new ClassPathJars(index);
    Deque<ClassLoader> parentsFirst = new ArrayDeque<>();
    for (ClassLoader at = loader; at != null; at = at.getParent()) {
      parentsFirst.push(at);
    }
    parentsFirst.forEach(jars::addOwn);
    jars.addWithManifest(loader);
    return List.copyOf(jars.found);
  }

  private void addOwn(ClassLoader loader) {
    if (loader == ClassLoader.getSystemClassLoader()) {
      for (String path : System.getProperty("java.class.path", "").split(File.pathSeparator, -1)) {
        if (!path.isEmpty()) {
          addFile(Path.of(path));
        }
      }
    } else if (loader instanceof URLClassLoader known) {
      for (URL url : known.getURLs()) {
        addUrl(url.toString());
      }
    }
  }

  private void addWithManifest(ClassLoader loader) {
    try {
      for (URL url : Collections.list(loader.getResources(JarFile.MANIFEST_NAME))) {
        CodeLocation location = CodeLocation.of(url, JarFile.MANIFEST_NAME);
        if (location.kind() == CodeLocation.Kind.JAR) {
          found.add(location);
        }
      }
    } catch (IOException e) {
      // The list is for order and for hints; the walk asks the loader itself.
      return;
    }
  }

  private void addUrl(String url) {
    if (url.startsWith("jar:")) {
      CodeLocation location = CodeLocation.jarOf(url + JarFile.MANIFEST_NAME);
      if (location != null) {
        found.add(location);
      }
    } else if (url.startsWith("file:") && !url.endsWith("/")) {
      CodeLocation location = CodeLocation.jarOf("jar:" + url + "!/" + JarFile.MANIFEST_NAME);
      if (location != null) {
        addFile(location.file());
      }
    }
  }

  private void addFile(Path file) {
    CodeLocation location = CodeLocation.ofJar(file);
    if (Files.isRegularFile(file) && found.add(location)) {
      for (String url : index.classPath(location)) {
        addUrl(url);
      }
    }
  }
}
