using Posthorn.Benchmarks;

return await BenchmarkCommand.RunAsync(args);
