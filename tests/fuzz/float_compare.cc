// Called by g++'s -fsanitize-coverage=trace-cmp; neither libFuzzer nor libasan has them.
extern "C" void __sanitizer_cov_trace_cmpf(float, float) {}
extern "C" void __sanitizer_cov_trace_cmpd(double, double) {}
