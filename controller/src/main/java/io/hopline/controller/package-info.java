/** Networks as people think of them, turned into flows. */
@NullMarked
package io.hopline.controller;

import org.jspecify.annotations.NullMarked;
