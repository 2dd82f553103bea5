int unrelated(int x) { return x + 1; }

/* The line of this function is what a test looks for. */
int marked(int x) {
  int y = unrelated(x);
  return y * 2;
}
