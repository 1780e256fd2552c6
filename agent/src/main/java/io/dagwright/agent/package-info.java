/** Makes every lambda of a program one that can be sent to a worker. */
@NullMarked
package io.dagwright.agent;

import org.jspecify.annotations.NullMarked;
