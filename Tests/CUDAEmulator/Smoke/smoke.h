typedef struct smoke {
  unsigned long long a, b, out;
  long long count;
} smoke;
