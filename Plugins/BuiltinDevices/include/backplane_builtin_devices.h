/* The devices cpu and reference as parts of a program: linking is all, there is nothing to call. */
