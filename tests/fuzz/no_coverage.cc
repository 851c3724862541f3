// What g++'s -fsanitize-coverage=trace-pc calls, for the programs of a sanitizer build that do not fuzz.
extern "C" void __sanitizer_cov_trace_pc() {}
